/* How many files may be open at a time. */
#ifndef GITDNS_BASE_DESCRIPTORS_H
#define GITDNS_BASE_DESCRIPTORS_H

/* Raises this process's soft limit so that `parallel` sockets may be open beside other files, as
 * far as the hard limit lets it. Returns how many may be: 1 to `parallel`. */
unsigned descriptors_allow(unsigned parallel);

#endif
