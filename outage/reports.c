#include "outage/reports.h"
#include "base/clock.h"
#include "base/file.h"
#include "outage/discard.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define QUEUE_LENGTH "/proc/sys/net/unix/max_dgram_qlen"
#define QUEUE_LENGTH_USUAL 10

int reports_open(void)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = REPORT_PATH};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), yes = 1;

    if (fd < 0)
        return -errno;
    if ((unlink(REPORT_PATH) < 0 && errno != ENOENT) ||
        setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes) < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
        /* Who owns the folder may have put a link there meanwhile. */
        fchmodat(AT_FDCWD, REPORT_PATH, 0666, AT_SYMLINK_NOFOLLOW) < 0) {
        int error = errno;

        close(fd);
        return -error;
    }
    return fd;
}

unsigned reports_full(void)
{
    char text[16];
    int len = file_read(AT_FDCWD, QUEUE_LENGTH, text, sizeof text - 1);
    unsigned long length = QUEUE_LENGTH_USUAL;

    if (len > 0) {
        text[len] = '\0';
        length = strtoul(text, NULL, 10);
    }
    return length > 0 && length < REPORTS_BATCH ? (unsigned)length : REPORTS_BATCH;
}

/* Of who has sent it, by the kernel's word. */
static uid_t sender_of(struct msghdr *message)
{
    struct ucred sender;

    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
            c->cmsg_len == CMSG_LEN(sizeof sender)) {
            memcpy(&sender, CMSG_DATA(c), sizeof sender);
            return sender.uid;
        }
    return (uid_t)-1;
}

static void take_control(const char *word, size_t len, uid_t uid,
                         const struct reports_handler *handler)
{
    struct control control;

    if (len == strlen(REPORT_LOOK) && memcmp(word, REPORT_LOOK, len) == 0)
        handler->look(handler->context);
    if (uid == 0 && control_read(word, len, handler->secret, &control))
        handler->force(handler->context, &control);
}

/* Returns 1, or 0 once there is nothing more. */
static int read_one(int fd, const struct reports_handler *handler)
{
    union {
        char octets[CMSG_SPACE(sizeof(struct ucred))];
        struct cmsghdr align;
    } control;
    char text[NAME_MAX_OCTETS + 1];
    struct iovec part = {text, sizeof text};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    ssize_t len = recvmsg(fd, &message, MSG_DONTWAIT | MSG_PEEK | MSG_CMSG_CLOEXEC);

    if (len < 0)
        return errno == EINTR;
    if ((message.msg_flags & MSG_CTRUNC) != 0) { /* it brings descriptors */
        discard_begin(fd);
        return 1;
    }
    recv(fd, NULL, 0, MSG_DONTWAIT);
    if (len == 0 || (message.msg_flags & MSG_TRUNC) != 0)
        return 1;
    if (text[0] == REPORT_CONTROL) {
        take_control(text + 1, (size_t)len - 1, sender_of(&message), handler);
    } else if (text[0] == REPORT_DENIED) {
        if (name_check(text + 1, (size_t)len - 1) == 0)
            handler->denied(handler->context, text + 1, (size_t)len - 1);
    } else if (name_check(text, (size_t)len) == 0) {
        handler->name(handler->context, text, (size_t)len, sender_of(&message));
    }
    return 1;
}

unsigned reports_read(int fd, const struct reports_handler *handler)
{
    int64_t end = clock_ms(CLOCK_MONOTONIC) + REPORTS_BATCH_MS;
    unsigned count = 0;

    while (count < REPORTS_BATCH && clock_ms(CLOCK_MONOTONIC) < end) {
        if (discard_is_at_work())
            return REPORTS_BATCH;
        if (read_one(fd, handler) == 0)
            break;
        count++;
    }
    return count;
}
