/* The last drill that was kept, for `gitdns status` and `gitdns doctor`. */
#ifndef GITDNS_CLI_DRILL_KEPT_H
#define GITDNS_CLI_DRILL_KEPT_H

#include "cli/json.h"
#include "survey/survey_kept.h"

/* `97.9 %` of a share from 0 to 1; never 100.0 of less. */
#define DRILL_SHARE_OCTETS 16
const char *drill_share(double share, char out[DRILL_SHARE_OCTETS]);

/* `3 days ago: 97.9 % would work` */
#define DRILL_TEXT_OCTETS 96
const char *drill_text(const struct survey_kept *kept, int64_t now, char out[DRILL_TEXT_OCTETS]);

/* The member `drill`; nothing where there is none. */
void drill_kept_print_json(struct json *json, const struct survey_kept *kept);

#endif
