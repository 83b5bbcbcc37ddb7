#include "push/workers.h"
#include "base/clock.h"
#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOW_MS 200
/* From being told to end to being killed, and from there to being left alone. */
#define GRACE_MS 5000

struct worker {
    pid_t pid;         /* and its process group */
    int pipe;          /* at its end once the process is; -1: it is */
    char scratch[256]; /* a folder, or empty */
    int told;          /* how often it was told to end */
    int64_t due;       /* when it is told next, ms of CLOCK_MONOTONIC */
};

static struct worker worker[PUSH_REMOTES_MAX];
static volatile sig_atomic_t stopped;

static void note(int signal)
{
    stopped = signal;
}

static void make_scratch(struct worker *one)
{
    const char *folder = getenv("TMPDIR");

    snprintf(one->scratch, sizeof one->scratch, "%s/gitdns-push.XXXXXX",
             folder != NULL && folder[0] == '/' && strlen(folder) < 200 ? folder : "/tmp");
    if (mkdtemp(one->scratch) == NULL)
        one->scratch[0] = '\0';
}

/* A killed rsync may have left its file. */
static void remove_scratch(struct worker *one)
{
    char file[sizeof one->scratch + sizeof "/file"];

    if (one->scratch[0] == '\0')
        return;
    snprintf(file, sizeof file, "%s/file", one->scratch);
    unlink(file);
    rmdir(one->scratch);
}

/* In its process: a session of its own, so that nothing it runs asks a terminal. */
static _Noreturn void work(struct push *push, struct worker_state *state, pid_t parent)
{
    sigset_t none;
    int r;

    setsid();
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(EXIT_FAILURE);
    r = one_remote(push, &state->pushed);
    state->whole = r == 0;
    _exit(EXIT_SUCCESS);
}

static int start(const struct push_options *options, const struct local_folder *local, unsigned i,
                 struct worker_state *state)
{
    struct push push = {.remote = &options->remote[i],
                        .local = local,
                        .force = options->force,
                        .progress = &state->progress,
                        .fd = -1,
                        .lock = -1,
                        .fault = state->fault};
    pid_t parent = getpid();
    int ends[2];

    worker[i] = (struct worker){.pipe = -1};
    if (push.remote->kind->scratches)
        make_scratch(&worker[i]);
    push.scratch = worker[i].scratch;
    if (push.remote->kind->scratches && push.scratch[0] == '\0')
        return -errno;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    message_set(state->fault, "its process has died");
    worker[i].pid = fork();
    if (worker[i].pid == 0)
        work(&push, state, parent);
    close(ends[1]);
    if (worker[i].pid < 0) {
        close(ends[0]);
        return -EAGAIN;
    }
    worker[i].pipe = ends[0];
    worker[i].due = clock_ms(CLOCK_MONOTONIC) + options->within * 1000;
    return 0;
}

/* Tells those to end whose time is over, or all; each twice. Who then does not end, as in a file
 * system that hangs, is left alone. */
static void tell(struct worker *one, struct worker_state *state, int64_t within)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC);

    if (stopped != 0 && one->told == 0)
        one->due = now;
    if (now < one->due)
        return;
    if (one->told == 2) {
        close(one->pipe);
        one->pipe = -1;
        return;
    }
    if (one->told == 0 && stopped == 0)
        message_set(state->fault, "not done after %lld s; see --within", (long long)within);
    else if (one->told == 0)
        message_set(state->fault, "stopped");
    if (kill(-one->pid, one->told == 0 ? SIGTERM : SIGKILL) < 0)
        kill(one->pid, SIGKILL);
    one->told++;
    one->due = now + GRACE_MS;
}

/* Until all are done. The signals that stop it come in ppoll alone. */
static void wait_for_all(const struct push_options *options, struct worker_state *state,
                         workers_listener *listener, void *context, const sigset_t *open)
{
    for (;;) {
        static const struct timespec show = {.tv_nsec = SHOW_MS * 1000000L};
        struct pollfd wait[PUSH_REMOTES_MAX];
        unsigned running = 0;

        for (unsigned i = 0; i < options->remotes; i++) {
            if (worker[i].pipe >= 0)
                tell(&worker[i], &state[i], options->within);
            wait[i] = (struct pollfd){.fd = worker[i].pipe, .events = POLLIN};
            running += worker[i].pipe >= 0;
        }
        listener(context, state, running);
        if (running == 0)
            return;
        if (ppoll(wait, options->remotes, &show, open) <= 0)
            continue;
        for (unsigned i = 0; i < options->remotes; i++) {
            if (wait[i].revents == 0)
                continue;
            waitpid(worker[i].pid, NULL, 0);
            close(worker[i].pipe);
            worker[i].pipe = -1;
        }
    }
}

static void catch_signals(sigset_t *before)
{
    struct sigaction action = {.sa_handler = note};
    sigset_t ours;

    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGHUP);
    sigprocmask(SIG_BLOCK, &ours, before);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    /* Who starts it may ignore that, and then nobody could be waited for. */
    signal(SIGCHLD, SIG_DFL);
}

const struct worker_state *workers_run(const struct push_options *options,
                                       const struct local_folder *local, workers_listener *listener,
                                       void *context, char fault[MESSAGE_OCTETS])
{
    struct worker_state *state = mmap(NULL, options->remotes * sizeof *state,
                                      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    sigset_t before;

    if (state == MAP_FAILED) {
        message_set(fault, "memory: %s", error_text(-errno));
        return NULL;
    }
    catch_signals(&before);
    for (unsigned i = 0; i < options->remotes; i++) {
        int r = start(options, local, i, &state[i]);

        if (r < 0)
            message_set(state[i].fault, "it cannot be begun: %s", error_text(r));
    }
    wait_for_all(options, state, listener, context, &before);
    for (unsigned i = 0; i < options->remotes; i++)
        remove_scratch(&worker[i]);
    return state;
}
