/* Which names of the copy a drill is of. */
#ifndef GITDNS_CLI_DRILL_NAMES_H
#define GITDNS_CLI_DRILL_NAMES_H

#include "cli/cli.h"
#include "survey/survey.h"

/* Names that are drawn, unless all are. */
#define DRILL_SAMPLE 400

/* Adds the names of the command line; or, of what the copies answer, or of the chosen registry,
 * a sample or all, and all that this machine uses; what is private is a chosen registry's alone,
 * for this machine may be on another network. Returns 0, or a negative code with *why a
 * sentence: there is no copy, or a name is in none. */
int drill_names_take(struct survey *survey, const struct cli *cli, char why[MESSAGE_OCTETS]);

#endif
