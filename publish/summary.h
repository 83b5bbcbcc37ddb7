/* What a person reads of a run, on standard output. */
#ifndef GITDNS_PUBLISH_SUMMARY_H
#define GITDNS_PUBLISH_SUMMARY_H

#include "publish/publish.h"

/* One entry that was skipped; a skip_listener. */
void summary_skip(const struct skip *skip);

/* What was taken as A-labels, and what was skipped: the first few of each kind, if they have not
 * been shown one by one, then how many of what; nothing if nothing was. */
void summary_skips(const struct skips *skips);

/* Which resolvers did not answer; nothing if all did. */
void summary_silent(const struct resolvers *silent);

/* What was taken back from a mirror; nothing if nothing was. */
void summary_restored(const struct restored *restored, const char *url);

void summary_result(const struct publish_options *options, const struct publish_outcome *outcome);

#endif
