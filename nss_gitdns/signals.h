/* Out of a signal handler a host may leave by longjmp: what is held then would be lost. */
#ifndef GITDNS_NSS_GITDNS_SIGNALS_H
#define GITDNS_NSS_GITDNS_SIGNALS_H

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

/* Keeps handlers out until pthread_sigmask gives *before back. Not those of signals that a thread
 * itself causes, which would end the process while they are blocked: a sandbox's handler of SIGSYS
 * (seccomp(2), SECCOMP_RET_TRAP) stands in for the system calls that it does not allow. */
static inline void signals_block(sigset_t *before)
{
    static const int caused[] = {SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
    sigset_t set;

    sigfillset(&set);
    for (size_t i = 0; i < sizeof caused / sizeof *caused; i++)
        sigdelset(&set, caused[i]);
    pthread_sigmask(SIG_BLOCK, &set, before);
}

#endif
