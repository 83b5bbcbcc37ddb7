/* The system calls of the command that are stopped (seccomp(2)), and what they say: connect(2), and
 * sendto(2) with an address, also of programs for 32 bits where this machine runs such.
 * io_uring(7), by which they could be made unseen, is as if the kernel had it not: programs do
 * without. */
#ifndef GITDNS_DEAD_DNS_STOPPED_CALL_H
#define GITDNS_DEAD_DNS_STOPPED_CALL_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stopped_call {
    bool connects; /* or else sends */
    int fd;
    uint64_t address, address_len;
    uint64_t data, data_len;
};

/* From now on these calls of this process, and of all that it starts, stop. Returns the descriptor
 * that tells of them or -errno; -ENOTSUP: not on this architecture. */
int stopped_call_filter(void);

/* What the call says. Returns whether that can be read. */
bool stopped_call_read(const struct seccomp_notif *notif, struct stopped_call *call);

/* Reads what lies at an address of another process: not through /proc, which is closed where that
 * has made itself undumpable. Returns whether it is there. */
bool stopped_call_memory(pid_t thread, uint64_t at, void *out, size_t len);

#endif
