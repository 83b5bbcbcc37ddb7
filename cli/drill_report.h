/* What came of a drill, for people: to standard error, as standard output is the command's. */
#ifndef GITDNS_CLI_DRILL_REPORT_H
#define GITDNS_CLI_DRILL_REPORT_H

#include "dead_dns/asked.h"

/* What was asked, how long each waited, who answered, and which names no copy has. `mode`: the word
 * for how DNS was dead. */
void drill_report(const struct asked *asked, const char *mode);

#endif
