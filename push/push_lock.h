/* One push at a time, of a folder and into a folder. */
#ifndef GITDNS_PUSH_PUSH_LOCK_H
#define GITDNS_PUSH_PUSH_LOCK_H

#include "base/message.h"

/* In the folder during a push alone, for its user alone (mode 0600): who may read the folder could
 * lock anything else in it for ever. */
#define PUSH_LOCK ".push.lock"

/* Takes the lock of the folder that is open as `directory`. Returns its descriptor, E_FOLDER_BUSY
 * or -errno, and then *fault. */
int push_lock_take(int directory, const char *path, char fault[MESSAGE_OCTETS]);

/* Removes and closes it; a negative one is none. */
void push_lock_release(int directory, int lock);

#endif
