#include "dead_dns/processes.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int write_own(const char *file, const char *text)
{
    int fd = open(file, O_WRONLY | O_CLOEXEC), r;

    if (fd < 0)
        return -errno;
    r = file_write_all(fd, text, strlen(text));
    close(fd);
    return r;
}

/* user_namespaces(7): who has no privilege may map itself, once it may not change its groups. */
static int map_self(uid_t uid, gid_t gid)
{
    char text[64];
    int r = write_own("/proc/self/setgroups", "deny");

    if (r < 0 && r != -ENOENT)
        return r;
    snprintf(text, sizeof text, "%u %u 1", uid, uid);
    r = write_own("/proc/self/uid_map", text);
    if (r < 0)
        return r;
    snprintf(text, sizeof text, "%u %u 1", gid, gid);
    return write_own("/proc/self/gid_map", text);
}

int processes_isolate(char error[MESSAGE_OCTETS])
{
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int r;

    if (uid == 0 && unshare(CLONE_NEWPID) == 0)
        return 0;
    r = unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0 ? -errno : map_self(uid, gid);
    if (r == 0)
        return 0;
    message_set(error, "user namespaces are not allowed here: %s%s", strerror(-r),
                uid == 0 ? "" : "; root may be");
    return -1;
}

/* Of the PID namespace; what is mounted outside meanwhile is seen, too. */
static void mount_proc(void)
{
    if (unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) == 0 &&
        mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0)
        return;
    fprintf(stderr, "gitdns: drill: mount namespaces are not allowed here: %s\n", strerror(errno));
    _exit(EXIT_FAULT);
}

__attribute__((noreturn)) static void be_command(char *const *command, const sigset_t *before)
{
    char shown[MESSAGE_OCTETS];

    sigprocmask(SIG_SETMASK, before, NULL);
    execvp(command[0], command);
    message_set(shown, "%s: %s", command[0], strerror(errno));
    fprintf(stderr, "gitdns: drill: %s\n", shown);
    _exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

/* Until the command ends; those that it has left come to the init, and are not asked for. */
static void reap(pid_t command)
{
    int status;
    pid_t ended;

    while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
        if (ended == command)
            _exit(WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status));
}

__attribute__((noreturn)) static void be_init(char *const *command, const sigset_t *signals,
                                              const sigset_t *before, int go)
{
    siginfo_t info;
    pid_t child;
    char word;

    /* The parent may have ended before it could say so. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (read(go, &word, 1) != 1)
        _exit(EXIT_FAULT);
    mount_proc();
    child = fork();
    if (child == 0)
        be_command(command, before);
    if (child < 0) {
        fprintf(stderr, "gitdns: drill: fork: %s\n", strerror(errno));
        _exit(EXIT_FAULT);
    }
    for (;;) {
        int sent = sigwaitinfo(signals, &info);

        if (sent == SIGCHLD)
            reap(child);
        else if (sent > 0 && info.si_code == SI_USER && info.si_pid == 0)
            kill(child, sent); /* from outside; a terminal tells the command itself */
    }
}

int processes_start(struct processes *processes, char *const *command, const sigset_t *signals,
                    const sigset_t *before, char error[MESSAGE_OCTETS])
{
    int go[2];

    if (pipe2(go, O_CLOEXEC) < 0) {
        message_set(error, "pipe: %s", strerror(errno));
        return -1;
    }
    fflush(stdout);
    processes->init = fork();
    if (processes->init == 0) {
        close(go[1]);
        be_init(command, signals, before, go[0]);
    }
    if (processes->init < 0)
        message_set(error, "fork: %s", strerror(errno));
    close(go[0]);
    processes->go = go[1];
    return processes->init < 0 ? -1 : 0;
}

void processes_go(struct processes *processes)
{
    if (write(processes->go, "", 1) != 1)
        processes_kill(processes);
}

void processes_kill(const struct processes *processes)
{
    kill(processes->init, SIGKILL);
}

bool processes_have_ended(const struct processes *processes)
{
    siginfo_t info = {.si_pid = 0};

    return waitid(P_PID, (id_t)processes->init, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid != 0;
}

int processes_wait(struct processes *processes)
{
    int status = 0;

    close(processes->go);
    while (waitpid(processes->init, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}
