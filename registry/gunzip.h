/* A gzip file of one member and nothing after it, read line by line while its octets are counted
 * and hashed. Memory is bounded, whatever comes. */
#ifndef GITDNS_REGISTRY_GUNZIP_H
#define GITDNS_REGISTRY_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gunzip;

/* Reads from `fd`, which stays the caller's, from where it stands. `limit`: the most octets that
 * may come out. `hashed`: gunzip_finish will be asked. Returns 0 and *reader, or -ENOMEM. */
int gunzip_open(struct gunzip **reader, int fd, uint64_t limit, bool hashed);

/* The next line: 1 and *line, *len without its LF, good until the next call; 0 at the end; or
 * E_GZIP_…, E_LINE_LONG, E_LINE_UNFINISHED (no LF at the end), -errno. */
int gunzip_line(struct gunzip *reader, const char **line, size_t *len);

/* After gunzip_line's 0: how many octets came out, and their SHA-256. */
uint64_t gunzip_finish(struct gunzip *reader, unsigned char *sha256);

/* Frees; NULL is fine. */
void gunzip_close(struct gunzip *reader);

#endif
