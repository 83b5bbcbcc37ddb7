/* Who has mounted what. By FUSE any user may, over a folder of theirs, and then says who owns what
 * is there, also to root if they are let (user_allow_other), and when, if ever, it answers. */
#ifndef GITDNS_PUBLISH_MOUNTER_H
#define GITDNS_PUBLISH_MOUNTER_H

#include <sys/types.h>

/* Of the file system that `fd`, which may be an O_PATH one, is on; it is not asked itself. Returns
 * 1 and *user if that is a user's by FUSE, 0 if not, or -errno. */
int mounter_find(int fd, uid_t *user);

#endif
