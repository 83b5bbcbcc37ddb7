#include "dead_dns/stopped_call.h"
#include <endian.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The halves of an argument of a system call. */
#define ARGUMENT(i) ((unsigned)offsetof(struct seccomp_data, args[i]))
#if __BYTE_ORDER == __LITTLE_ENDIAN
#define LOW_HALF(i) ARGUMENT(i)
#define HIGH_HALF(i) (ARGUMENT(i) + 4)
#else
#define LOW_HALF(i) (ARGUMENT(i) + 4)
#define HIGH_HALF(i) ARGUMENT(i)
#endif
/* Where glibc connects by socketcall(2), whose arguments lie in memory. */
#if defined __i386__ || defined __s390__ || defined __m68k__
#define HAS_SOCKETCALL true
#else
#define HAS_SOCKETCALL false
#endif
/* connect(fd, address, len), sendto(fd, data, len, flags, address, len) */
#define CONNECT_ADDRESS 1
#define SENDTO_DATA 1
#define SENDTO_ADDRESS 4
#define ARGUMENTS 6

/* Programs for 32 bits: their architecture, and its numbers of these calls. */
#if defined __x86_64__
#define NARROW AUDIT_ARCH_I386
#define NARROW_CONNECT 362
#define NARROW_SENDTO 369
#define NARROW_SOCKETCALL 102
#elif defined __aarch64__
#define NARROW AUDIT_ARCH_ARM
#define NARROW_CONNECT 283
#define NARROW_SENDTO 290
#define NARROW_SOCKETCALL UINT32_MAX /* none */
#else
#define NARROW UINT32_MAX /* none is known */
#define NARROW_CONNECT UINT32_MAX
#define NARROW_SENDTO UINT32_MAX
#define NARROW_SOCKETCALL UINT32_MAX
#endif

#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)
/* If it is `value`, what comes next; else past so many. */
#define IF(value, past) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, past)
#define LET BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define STOP BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)
#define DENY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS)
#define COUNT(...) (sizeof((const struct sock_filter[]){__VA_ARGS__}) / sizeof(struct sock_filter))

#define NARROW_CALLS                                                                               \
    LOAD(offsetof(struct seccomp_data, nr)), IF(NARROW_CONNECT, 1), STOP, IF(NARROW_SENDTO, 1),    \
        STOP, IF(SYS_io_uring_setup, 1), DENY, IF(NARROW_SOCKETCALL, 5), LOAD(LOW_HALF(0)),        \
        IF(SYS_CONNECT, 1), STOP, IF(SYS_SENDTO, 1), STOP, LET

int stopped_call_filter(void)
{
    struct sock_filter filter[] = {
        LOAD(offsetof(struct seccomp_data, arch)),
        IF(NARROW, COUNT(NARROW_CALLS)),
        NARROW_CALLS,
        LOAD(offsetof(struct seccomp_data, nr)),
        IF(SYS_connect, 1),
        STOP,
        IF(SYS_io_uring_setup, 1),
        DENY,
        IF(SYS_sendto, 4),
        LOAD(LOW_HALF(SENDTO_ADDRESS)),
        IF(0, 3),
        LOAD(HIGH_HALF(SENDTO_ADDRESS)),
        IF(0, 1),
        LET,
        STOP,
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    int fd;

    if (HAS_SOCKETCALL)
        return -ENOTSUP;
    fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                      &program);
    return fd < 0 ? -errno : fd;
}

bool stopped_call_memory(pid_t thread, uint64_t at, void *out, size_t len)
{
    struct iovec here = {out, len}, there = {NULL, len};
    uintptr_t address = (uintptr_t)at;

    memcpy(&there.iov_base, &address, sizeof address);
    return process_vm_readv(thread, &here, 1, &there, 1, 0) == (ssize_t)len;
}

/* The arguments of socketcall(2), as many as its call has. */
static bool read_socketcall(const struct seccomp_notif *notif, bool connects,
                            uint64_t arguments[ARGUMENTS])
{
    uint32_t narrow[ARGUMENTS] = {0};
    size_t count = connects ? CONNECT_ADDRESS + 2 : ARGUMENTS;

    if (!stopped_call_memory((pid_t)notif->pid, notif->data.args[1], narrow,
                             count * sizeof *narrow))
        return false;
    for (size_t i = 0; i < ARGUMENTS; i++)
        arguments[i] = narrow[i];
    return true;
}

bool stopped_call_read(const struct seccomp_notif *notif, struct stopped_call *call)
{
    bool narrow = notif->data.arch == NARROW;
    uint32_t number = (uint32_t)notif->data.nr;
    uint64_t arguments[ARGUMENTS];
    unsigned address;

    memset(call, 0, sizeof *call);
    memcpy(arguments, notif->data.args, sizeof arguments);
    if (narrow && number == NARROW_SOCKETCALL) {
        call->connects = arguments[0] == SYS_CONNECT;
        if (!read_socketcall(notif, call->connects, arguments))
            return false;
    } else {
        call->connects = number == (narrow ? NARROW_CONNECT : SYS_connect);
    }
    address = call->connects ? CONNECT_ADDRESS : SENDTO_ADDRESS;
    call->fd = (int)arguments[0];
    call->address = arguments[address];
    call->address_len = arguments[address + 1];
    call->data = arguments[SENDTO_DATA];
    call->data_len = arguments[SENDTO_DATA + 1];
    return true;
}
