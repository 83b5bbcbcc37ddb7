/* What a `file:` URL names. */
#ifndef GITDNS_FETCH_LOCAL_FILE_H
#define GITDNS_FETCH_LOCAL_FILE_H

/* Opens it for reading, without a wait, if it is a regular file that is not empty. Returns a
 * descriptor or -errno. */
int local_file_open(const char *url);

#endif
