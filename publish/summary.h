/* What a person reads of a run, on standard output. */
#ifndef GITDNS_PUBLISH_SUMMARY_H
#define GITDNS_PUBLISH_SUMMARY_H

#include "publish/publish.h"

/* What of `source` was taken as A-labels, and what was skipped: the first few of each kind, then
 * how many of what; nothing if nothing was. */
void summary_skips(const struct skips *skips, const char *source);

/* Which resolvers did not answer; nothing if all did. */
void summary_silent(const struct resolvers *silent);

void summary_result(const struct publish_options *options, const struct publish_outcome *outcome);

#endif
