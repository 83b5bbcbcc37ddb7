/* The descriptors 0, 1 and 2. */
#ifndef GITDNS_BASE_STREAMS_H
#define GITDNS_BASE_STREAMS_H

/* First of all: takes those that the caller has closed, so that no file that is opened later is
 * where messages go. Reading and writing fail with EBADF there, as before. */
void streams_take_closed(void);

#endif
