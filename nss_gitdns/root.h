/* The root folder of the process. glibc goes on with the hosts line that it has once it has changed
 * (chroot, setns); so do we with all that we have: what lies there may be anybody's. */
#ifndef GITDNS_NSS_GITDNS_ROOT_H
#define GITDNS_NSS_GITDNS_ROOT_H

#include <stdbool.h>

/* Once, before any other thread knows of the module. errno may change. */
void root_remember(void);

/* Whether it is another one than was remembered. A system call: for when a file has changed. errno
 * may change. */
bool root_has_changed(void);

#endif
