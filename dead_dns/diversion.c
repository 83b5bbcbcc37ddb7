#include "dead_dns/diversion.h"
#include "base/clock.h"
#include "base/file.h"
#include "copy/board.h"
#include "dead_dns/dead_dns.h"
#include "dead_dns/stopped_call.h"
#include "registry/name.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define STATUS_OCTETS 4096
/* Debian 12's headers lack it (pidfd_open(2)). */
#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL
#endif

union address {
    sa_family_t family;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    char octets[sizeof(struct sockaddr_un) + 1];
};

/* Who asks DNS for others; the last a folder. */
static const char *const resolvers[] = {"/run/nscd/socket", "/run/.nscd_socket",
                                        "/run/systemd/resolve/"};
#define RESOLVED 2

int diversion_open(struct diversion *diversion, char error[MESSAGE_OCTETS])
{
    diversion->listener = stopped_call_filter();
    if (diversion->listener >= 0)
        return 0;
    if (diversion->listener == -ENOTSUP)
        message_set(error, "not on this architecture, where programs connect by socketcall(2)");
    else if (diversion->listener == -EBUSY)
        message_set(error, "this is a drill already, or a container that does the same");
    else
        message_set(error, "seccomp: %s", strerror(-diversion->listener));
    return -1;
}

void diversion_close(struct diversion *diversion)
{
    if (diversion->listener >= 0)
        close(diversion->listener);
    diversion->listener = -1;
}

/* The process that a thread is of; the thread itself where that cannot be told. */
static pid_t process_of(pid_t thread)
{
    static const char key[] = "\nTgid:";
    char path[64], text[STATUS_OCTETS + 1];
    const char *found;
    int len;

    snprintf(path, sizeof path, "/proc/%d/status", thread);
    len = file_read(AT_FDCWD, path, text, STATUS_OCTETS);
    if (len <= 0)
        return thread;
    text[len] = '\0';
    found = strstr(text, key);
    return found == NULL ? thread : (pid_t)strtol(found + strlen(key), NULL, 10);
}

bool diversion_sees(pid_t id)
{
    static const char here;
    char there = 1;

    return stopped_call_memory(id, (uint64_t)(uintptr_t)&here, &there, sizeof there);
}

/* To where the call goes, of family 0 if it says nothing. Returns whether it can be read. */
static bool read_address(pid_t thread, const struct stopped_call *call, union address *address)
{
    uint64_t len = call->address_len;

    memset(address, 0, sizeof *address);
    len = len < sizeof address->un ? len : sizeof address->un;
    return len < sizeof address->family ||
           stopped_call_memory(thread, call->address, address, (size_t)len);
}

/* A socket of the calling process's own, the same as that one in all that matters here. What is
 * made is made with the rights of this process, which may be root: so none but those that anybody
 * may have. */
static int make_like(int other)
{
    static const struct {
        int level, name;
    } options[] = {{SOL_SOCKET, SO_RCVTIMEO},
                   {SOL_SOCKET, SO_SNDTIMEO},
                   {IPPROTO_IP, IP_RECVERR},
                   {IPPROTO_IPV6, IPV6_RECVERR}};
    int domain, type, fd, flags = fcntl(other, F_GETFL);
    socklen_t len = sizeof domain;

    if (getsockopt(other, SOL_SOCKET, SO_DOMAIN, &domain, &len) < 0 ||
        getsockopt(other, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
        (domain != AF_INET && domain != AF_INET6) || (type != SOCK_DGRAM && type != SOCK_STREAM))
        return -1;
    fd = socket(domain, type | SOCK_CLOEXEC | (flags & O_NONBLOCK), 0);
    for (size_t i = 0; fd >= 0 && i < sizeof options / sizeof *options; i++) {
        char value[sizeof(struct timeval)];

        len = sizeof value;
        if (getsockopt(other, options[i].level, options[i].name, value, &len) == 0)
            setsockopt(fd, options[i].level, options[i].name, value, len);
    }
    return fd;
}

/* Binds it to a port of its family, by which its questions are known again. Returns the port; 0:
 * it has none. */
static uint16_t bind_port(int fd, sa_family_t family)
{
    union address address = {.family = family};
    socklen_t len = family == AF_INET6 ? sizeof address.in6 : sizeof address.in;

    if (bind(fd, (struct sockaddr *)&address, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        return 0;
    return ntohs(family == AF_INET6 ? address.in6.sin6_port : address.in.sin_port);
}

/* The descriptor of another process, here. A thread may have descriptors of its own, and the first
 * of a process may have ended: before Linux 6.9 that cannot be told. */
static int take_descriptor(pid_t thread, pid_t id, int fd)
{
    int owner = (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD), taken;

    if (owner < 0)
        owner = (int)syscall(SYS_pidfd_open, id, 0);
    if (owner < 0)
        return -1;
    taken = (int)syscall(SYS_pidfd_getfd, owner, fd, 0);
    close(owner);
    return taken;
}

static bool is_dead(const struct diversion *diversion, int fd)
{
    uint64_t cookie = 0;
    socklen_t len = sizeof cookie;

    return getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len) == 0 &&
           cookie == diversion->cookie;
}

/* Puts a socket of the dead network in place of the caller's, unless it is one. Returns whether it
 * is one now. */
static bool replace(const struct diversion *diversion, const struct seccomp_notif *notif, int fd,
                    sa_family_t family, struct asked *asked)
{
    pid_t id = process_of((pid_t)notif->pid);
    int theirs = take_descriptor((pid_t)notif->pid, id, fd), ours = -1;
    bool dead = theirs >= 0 && is_dead(diversion, theirs);

    if (theirs >= 0 && !dead)
        ours = make_like(theirs);
    if (ours >= 0) {
        struct seccomp_notif_addfd added = {.id = notif->id,
                                            .flags = SECCOMP_ADDFD_FLAG_SETFD,
                                            .srcfd = (uint32_t)ours,
                                            .newfd = (uint32_t)fd,
                                            .newfd_flags = O_CLOEXEC};
        static const struct linger none = {.l_onoff = 0};
        uint16_t port = bind_port(ours, family);

        if (port != 0)
            asked_from(asked, port, id);
        dead = ioctl(diversion->listener, SECCOMP_IOCTL_NOTIF_ADDFD, &added) >= 0;
        /* Theirs is this process's to close now, and its end not to be waited for. */
        if (dead)
            setsockopt(theirs, SOL_SOCKET, SO_LINGER, &none, sizeof none);
        close(ours);
    }
    if (theirs >= 0)
        close(theirs);
    return dead;
}

static bool is_dns(const union address *address)
{
    uint16_t port =
        ntohs(address->family == AF_INET6 ? address->in6.sin6_port : address->in.sin_port);

    return (address->family == AF_INET || address->family == AF_INET6) &&
           (port == DNS_PORT || port == DNS_TLS_PORT);
}

/* Whether it is one of the resolvers' sockets. */
static bool is_resolver(const char *path, struct asked *asked)
{
    if (strncmp(path, "/var/run/", strlen("/var/run/")) == 0)
        path += strlen("/var");
    for (unsigned i = 0; i < sizeof resolvers / sizeof *resolvers; i++)
        if (strncmp(path, resolvers[i], strlen(resolvers[i])) == 0) {
            asked->resolved = asked->resolved || i == RESOLVED;
            return true;
        }
    return false;
}

/* Of a datagram, which has been sent. */
static void take_report(pid_t thread, const struct stopped_call *call,
                        struct seccomp_notif_resp *answer, struct asked *asked)
{
    char name[NAME_MAX_OCTETS + 1];
    uint64_t len = call->data_len;

    answer->flags = 0;
    answer->val = (int64_t)len;
    if (len > NAME_MAX_OCTETS || !stopped_call_memory(thread, call->data, name, (size_t)len))
        return;
    name[len] = '\0';
    if (name_check(name, (size_t)len) == 0)
        asked_report(asked, process_of(thread), name, clock_ms(CLOCK_MONOTONIC));
}

static bool is_report(const union address *to)
{
    return to->family == AF_UNIX && strcmp(to->un.sun_path, REPORT_PATH) == 0;
}

/* Whether nobody is there. */
static bool is_refused(const struct diversion *diversion, const struct seccomp_notif *notif,
                       const struct stopped_call *call, const union address *to,
                       struct asked *asked)
{
    if (is_dns(to))
        return !replace(diversion, notif, call->fd, to->family, asked);
    return (to->family == AF_UNIX && is_resolver(to->un.sun_path, asked)) ||
           (is_report(to) && call->connects);
}

void diversion_attend(const struct diversion *diversion, struct asked *asked)
{
    struct seccomp_notif notif;
    struct seccomp_notif_resp answer = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    struct stopped_call call;
    union address to;
    int error = 0;

    memset(&notif, 0, sizeof notif); /* as the kernel demands */
    if (ioctl(diversion->listener, SECCOMP_IOCTL_NOTIF_RECV, &notif) < 0)
        return; /* the caller has gone */
    answer.id = notif.id;
    if (!stopped_call_read(&notif, &call) || !read_address((pid_t)notif.pid, &call, &to))
        error = EFAULT;
    else if (is_refused(diversion, &notif, &call, &to, asked))
        error = ECONNREFUSED;
    else if (is_report(&to))
        take_report((pid_t)notif.pid, &call, &answer, asked);
    if (error != 0) {
        answer.flags = 0;
        answer.error = -error;
    }
    ioctl(diversion->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}
