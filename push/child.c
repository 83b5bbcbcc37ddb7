#include "push/child.h"
#include "base/error.h"
#include "base/file.h"
#include "push/push.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PART = 16384, NOT_FOUND = 127, NOT_RUN = 126 };

/* Its two streams. */
struct streams {
    int fd[2]; /* standard output, standard error; -1: at its end */
    size_t room;
    char line[MESSAGE_OCTETS]; /* the line of standard error that is being read */
    size_t line_len;
    bool told;
    unsigned digits; /* the number that is being read, wherever it stands */
};

void child_add(struct child *child, const char *argument)
{
    for (size_t i = 0; i + 1 < CHILD_ARGUMENTS_MAX; i++)
        if (child->argument[i] == NULL) {
            child->argument[i] = argument;
            return;
        }
    abort();
}

/* In the child: its streams, and then the program. */
static _Noreturn void become(const struct child *child, int input, int output, int error)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* Sentences are looked at, numbers read. */
    setenv("LC_ALL", "C", 1);
    if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
        dup2(error, STDERR_FILENO) >= 0)
        execvp(child->argument[0], (char *const *)(const void *)child->argument);
    _exit(errno == ENOENT ? NOT_FOUND : NOT_RUN);
}

static int open_input(const struct child *child)
{
    int fd = child->input == NULL ? open("/dev/null", O_RDONLY | O_CLOEXEC)
                                  : memfd_create("input", MFD_CLOEXEC);
    int r = fd < 0 ? -errno : 0;

    if (r == 0 && child->input != NULL)
        r = file_write_all(fd, child->input, child->input_len);
    if (r == 0 && child->input != NULL && lseek(fd, 0, SEEK_SET) < 0)
        r = -errno;
    if (r == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return r;
}

static int start(const struct child *child, struct streams *streams, pid_t *pid)
{
    int output[2], error[2], input = open_input(child), r = 0;

    if (input < 0)
        return input;
    if (pipe2(output, O_CLOEXEC) < 0) {
        r = -errno;
        close(input);
        return r;
    }
    if (pipe2(error, O_CLOEXEC) < 0) {
        r = -errno;
    } else {
        *pid = fork();
        if (*pid == 0)
            become(child, input, output[1], error[1]);
        r = *pid < 0 ? -errno : 0;
        close(error[1]);
        streams->fd[1] = error[0];
        if (r < 0)
            close(error[0]);
    }
    close(input);
    close(output[1]);
    streams->fd[0] = output[0];
    if (r < 0)
        close(output[0]);
    return r;
}

static int keep_output(struct child *child, struct streams *streams, const char *part, size_t len)
{
    if (child->output_len + len > CHILD_OUTPUT_MAX)
        return E_FILE_LONG;
    if (child->output_len + len >= streams->room) {
        size_t room = 2 * (child->output_len + len) + PART;
        char *output = realloc(child->output, room);

        if (output == NULL)
            return -ENOMEM;
        child->output = output;
        streams->room = room;
    }
    memcpy(child->output + child->output_len, part, len);
    child->output_len += len;
    child->output[child->output_len] = '\0';
    return 0;
}

/* Remembers the line that tells, of those that are not empty. */
static void keep_line(struct child *child, struct streams *streams, const char *part, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (part[i] != '\n' && part[i] != '\r') {
            if (streams->line_len + 1 < sizeof streams->line)
                streams->line[streams->line_len++] = part[i];
            continue;
        }
        streams->line[streams->line_len] = '\0';
        if (streams->line_len > 0 && !streams->told) {
            message_set(child->said, "%s", streams->line);
            streams->told = child->tells != NULL &&
                            strncmp(streams->line, child->tells, strlen(child->tells)) == 0;
        }
        child->not_found =
            child->not_found || strstr(streams->line, "No such file or directory") != NULL;
        streams->line_len = 0;
    }
}

static void find_percent(const struct child *child, struct streams *streams, const char *part,
                         size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (isdigit((unsigned char)part[i])) {
            streams->digits = streams->digits % 1000 * 10 + (unsigned)(part[i] - '0');
            continue;
        }
        if (part[i] == '%' && streams->digits <= 100)
            child->percent(child->context, streams->digits);
        streams->digits = 0;
    }
}

/* Reads both streams to their ends. */
static int listen_to(struct child *child, struct streams *streams)
{
    int r = keep_output(child, streams, "", 0);

    while (r == 0 && (streams->fd[0] >= 0 || streams->fd[1] >= 0)) {
        struct pollfd wait[2] = {{streams->fd[0], POLLIN, 0}, {streams->fd[1], POLLIN, 0}};

        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            return -errno;
        for (int i = 0; i < 2 && r == 0; i++) {
            char part[PART];
            ssize_t len;

            if (wait[i].revents == 0)
                continue;
            len = read(streams->fd[i], part, sizeof part);
            if (len <= 0) {
                close(streams->fd[i]);
                streams->fd[i] = -1;
                continue;
            }
            if (child->percent != NULL)
                find_percent(child, streams, part, (size_t)len);
            if (i == 0)
                r = keep_output(child, streams, part, (size_t)len);
            else
                keep_line(child, streams, part, (size_t)len);
        }
    }
    keep_line(child, streams, "\n", 1);
    return r;
}

int child_failed(const struct child *child, int status, char fault[MESSAGE_OCTETS])
{
    if (status == NOT_FOUND && child->said[0] == '\0')
        message_set(fault, "%s: program not found; install %s", child->argument[0],
                    child->argument[0]);
    else
        message_set(fault, "%s: exit status %d%s%s", child->argument[0], status,
                    child->said[0] != '\0' ? ": " : "", child->said);
    return E_PROGRAM;
}

int child_run(struct child *child, char fault[MESSAGE_OCTETS])
{
    struct streams streams = {.fd = {-1, -1}};
    int status = 0, r;
    pid_t pid = -1;

    child->output = NULL;
    child->output_len = 0;
    child->said[0] = '\0';
    r = start(child, &streams, &pid);
    if (r == 0) {
        r = listen_to(child, &streams);
        if (r < 0)
            kill(pid, SIGKILL);
        for (int i = 0; i < 2; i++)
            if (streams.fd[i] >= 0)
                close(streams.fd[i]);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (r < 0) {
        message_set(fault, "%s: %s", child->argument[0], error_text(r));
        return r;
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    message_set(fault, "%s: killed by signal %d", child->argument[0], WTERMSIG(status));
    return E_PROGRAM;
}

int child_run_well(struct child *child, char fault[MESSAGE_OCTETS])
{
    int r = child_run(child, fault);

    return r > 0 ? child_failed(child, r, fault) : r;
}

void child_free(struct child *child)
{
    free(child->output);
    child->output = NULL;
}
