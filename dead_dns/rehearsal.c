#include "dead_dns/rehearsal.h"
#include "base/clock.h"
#include "dead_dns/dead_nameserver.h"
#include "dead_dns/dead_network.h"
#include "dead_dns/diversion.h"
#include "dead_dns/processes.h"
#include <errno.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define GRACE_MS 5000 /* from a signal that is to end the command to one that does */

struct rehearsal {
    sigset_t signals, before;
    int signalled;
    int64_t deadline; /* 0: none */
    struct processes processes;
    struct diversion diversion;
    struct dead_nameserver nameserver;
    struct asked *asked;
};

/* As the command will do, too (nohup(1)). */
static bool is_ignored(int kind)
{
    struct sigaction action;

    return sigaction(kind, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void block_signals(struct rehearsal *r)
{
    static const int kinds[] = {SIGCHLD, SIGINT, SIGQUIT, SIGTERM, SIGHUP};

    signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody can be waited for */
    sigemptyset(&r->signals);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!is_ignored(kinds[i]))
            sigaddset(&r->signals, kinds[i]);
    sigprocmask(SIG_BLOCK, &r->signals, &r->before);
}

/* Returns whether all have ended. */
static bool take_signal(struct rehearsal *r)
{
    struct signalfd_siginfo info;

    if (read(r->signalled, &info, sizeof info) != sizeof info)
        return false;
    if (info.ssi_signo == SIGCHLD)
        return processes_have_ended(&r->processes);
    if (info.ssi_code == SI_USER) /* a terminal's go to the command, too */
        kill(r->processes.init, (int)info.ssi_signo);
    if (r->deadline == 0 && (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP))
        r->deadline = clock_ms(CLOCK_MONOTONIC) + GRACE_MS;
    return false;
}

static int time_left(const struct rehearsal *r)
{
    int64_t left = r->deadline - clock_ms(CLOCK_MONOTONIC);

    return r->deadline == 0 ? -1 : left > 0 ? (int)left : 0;
}

/* Until all have ended. Returns 0, or -1 with the cause, which cannot be attended to. */
static int attend(struct rehearsal *r, char error[MESSAGE_OCTETS])
{
    enum { SIGNALLED, DIVERTED, OWN };
    struct pollfd polls[OWN + DEAD_POLLS] = {
        [SIGNALLED] = {.fd = r->signalled, .events = POLLIN},
        [DIVERTED] = {.fd = r->diversion.listener, .events = POLLIN},
    };
    bool ended = false;

    while (!ended) {
        int left = time_left(r), ready;

        if (left == 0) {
            processes_kill(&r->processes);
            r->deadline = 0;
            continue;
        }
        dead_nameserver_polls(&r->nameserver, polls + OWN);
        ready = poll(polls, OWN + DEAD_POLLS, left);
        if (ready < 0 && errno != EINTR) {
            /* RLIMIT_NOFILE is that of places, also if they are empty. */
            message_set(error, "poll: %s", strerror(errno == EINVAL ? EMFILE : errno));
            return -1;
        }
        if (ready <= 0)
            continue;
        /* Before what says that DNS has failed: it did when this had been asked. */
        dead_nameserver_listen(&r->nameserver, r->asked);
        dead_nameserver_answer(&r->nameserver, polls + OWN);
        if (polls[DIVERTED].revents != 0)
            diversion_attend(&r->diversion, r->asked);
        if (polls[SIGNALLED].revents != 0)
            ended = take_signal(r);
    }
    dead_nameserver_listen(&r->nameserver, r->asked);
    return 0;
}

/* The dead network is this process's: the init is in the machine's, and waits. */
static int rehearse(struct rehearsal *r, enum dead_dns mode, char *const *command,
                    char error[MESSAGE_OCTETS])
{
    int status, ended;

    if (processes_start(&r->processes, command, &r->signals, &r->before, error) < 0)
        return -1;
    if (!diversion_sees(r->processes.init)) {
        message_set(error, "this process may not look into others: kernel.yama.ptrace_scope?");
        processes_wait(&r->processes);
        return -1;
    }
    if (dead_network_enter(&r->diversion.cookie, error) < 0 ||
        dead_nameserver_open(&r->nameserver, mode, error) < 0) {
        processes_wait(&r->processes);
        return -1;
    }
    processes_go(&r->processes);
    ended = attend(r, error);
    if (ended < 0)
        processes_kill(&r->processes);
    status = processes_wait(&r->processes);
    dead_nameserver_close(&r->nameserver);
    return ended < 0 ? ended : status;
}

int rehearsal_run(enum dead_dns mode, char *const *command, struct asked *asked,
                  char error[MESSAGE_OCTETS])
{
    struct rehearsal r = {.asked = asked, .diversion.listener = -1};
    int status = -1;

    block_signals(&r);
    r.signalled = signalfd(-1, &r.signals, SFD_CLOEXEC);
    if (r.signalled < 0)
        message_set(error, "signalfd: %s", strerror(errno));
    else if (processes_isolate(error) == 0 && diversion_open(&r.diversion, error) == 0)
        status = rehearse(&r, mode, command, error);
    diversion_close(&r.diversion);
    if (r.signalled >= 0)
        close(r.signalled);
    sigprocmask(SIG_SETMASK, &r.before, NULL);
    return status;
}
