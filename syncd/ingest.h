/* A payload into a new store. */
#ifndef GITDNS_SYNCD_INGEST_H
#define GITDNS_SYNCD_INGEST_H

#include "copy/store_read.h"
#include "copy/store_write.h"
#include "registry/manifest.h"
#include <stdbool.h>

/* Reads the snapshot from `fd`'s position on and adds its records to the writer. `private`: as in
 * struct text_reader. Returns 0, or a negative code (E_STOPPED if `stop` became readable) with
 * *line, the line at fault, from 1; 0 if no line is. */
int ingest_snapshot(int fd, const struct manifest *manifest, bool private, int stop,
                    struct store_writer *writer, uint64_t *line);

/* The same for a delta, whose text has at most `limit` octets, and the records of `base`. */
int ingest_delta(int fd, uint64_t limit, const struct store *base, bool private, int stop,
                 struct store_writer *writer, uint64_t *line);

#endif
