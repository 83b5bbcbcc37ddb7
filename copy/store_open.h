/* Opens the file of a store, of which another user may own all that it lies in. */
#ifndef GITDNS_COPY_STORE_OPEN_H
#define GITDNS_COPY_STORE_OPEN_H

/* Opens the store `path` for reading. Opening alone can do something to a device: it is the file
 * itself, or a link to a serial beside it (copy/serials.h), and no other link is followed; nor is a
 * folder one, which could lead to where others have mounted a device under such a name. Those in
 * front of the file are trusted where `directory` is AT_FDCWD; below a folder, which may be open by
 * O_PATH, none is. Returns a descriptor or -errno; no cancellation point, nothing allocated, errno
 * left as it was. */
int store_open_file(int directory, const char *path);

#endif
