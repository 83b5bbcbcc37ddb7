/* One word that tells a file from another, or from what it was. */
#ifndef GITDNS_BASE_STAMP_H
#define GITDNS_BASE_STAMP_H

#include <stdint.h>
#include <sys/stat.h>

/* Of device, inode, size and times. Never 0. */
uint64_t file_stamp(const struct stat *st);

#endif
