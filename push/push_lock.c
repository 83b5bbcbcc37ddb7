#include "push/push_lock.h"
#include "base/error.h"
#include "push/push.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Who held it before may have removed it in between. */
static bool is_still(int directory, int lock)
{
    struct stat open_one, named;

    return fstat(lock, &open_one) == 0 &&
           fstatat(directory, PUSH_LOCK, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           open_one.st_dev == named.st_dev && open_one.st_ino == named.st_ino;
}

int push_lock_take(int directory, const char *path, char fault[MESSAGE_OCTETS])
{
    for (;;) {
        int lock = openat(directory, PUSH_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        int r = lock < 0 || flock(lock, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;

        if (r == 0 && is_still(directory, lock))
            return lock;
        if (lock >= 0)
            close(lock);
        if (r == 0)
            continue;
        if (r == -EWOULDBLOCK) {
            message_set(fault, "%s: another gitdns-push is at work in it", path);
            return E_FOLDER_BUSY;
        }
        message_set(fault, "%s/" PUSH_LOCK ": %s", path, error_text(r));
        return r;
    }
}

void push_lock_release(int directory, int lock)
{
    if (lock < 0)
        return;
    unlinkat(directory, PUSH_LOCK, 0);
    close(lock);
}
