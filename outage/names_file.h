/* What is out, in OUTAGE_NAMES_FILE: for root to read, since names that somebody looked up are
 * nobody else's business, and for the next daemon, which need not wait for another to run into an
 * outage that goes on. */
#ifndef GITDNS_OUTAGE_NAMES_FILE_H
#define GITDNS_OUTAGE_NAMES_FILE_H

#include "outage/copy_names.h"
#include "outage/gates.h"

/* Replaces the file in the folder `directory`, as well as it can. */
void names_file_write(const struct gates *gates, int directory);

/* What the daemon before this one has found to be out is suspected, and was reported to it. */
void names_file_read(struct gates *gates, struct copy_names *copy_names, int directory,
                     int64_t now);

#endif
