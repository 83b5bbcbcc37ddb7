#include "cli/child_lookup.h"
#include "base/clock.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <nss.h>
#include <poll.h>
#include <resolv.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STEP_MS 1000
#define SOCKET_TYPE_MASK 0xf /* the rest are flags */
/* Of an argument of a system call. */
#if __BYTE_ORDER == __LITTLE_ENDIAN
#define LOW_HALF(member) offsetof(struct seccomp_data, member)
#else
#define LOW_HALF(member) (offsetof(struct seccomp_data, member) + sizeof(uint32_t))
#endif

/* One nameserver, whose port refuses: ours, connected to itself, so that nobody else can have it.
 */
static bool kill_dns(void)
{
    struct sockaddr_in self = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof self;

    if (fd < 0 || bind(fd, (const struct sockaddr *)&self, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&self, &len) < 0 ||
        connect(fd, (const struct sockaddr *)&self, len) < 0 || res_init() != 0)
        return false;
    _res.options |= RES_NORELOAD;
    _res.retry = 1;
    _res.nscount = 1;
    _res.nsaddr_list[0] = self;
    return true;
}

/* The module reports to the daemon, by a datagram, that DNS has failed: here it has not. No other
 * service needs such a socket; nscd's and those of avahi, sssd and systemd-resolved are streams.
 * Where filters are not to be had the daemon asks DNS in vain. */
static void keep_quiet(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 6),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW_HALF(args[0])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW_HALF(args[1])),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, SOCKET_TYPE_MASK),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SOCK_DGRAM, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* What the parent reads: getaddrinfo's code, then the addresses, each a line. */
static void tell(int fd, const char *name)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    FILE *file = fdopen(fd, "w");
    char text[NI_MAXHOST];
    int code = getaddrinfo(name, NULL, &hints, &found);

    if (file == NULL)
        return;
    fprintf(file, "%d\n", code);
    for (const struct addrinfo *at = found; code == 0 && at != NULL; at = at->ai_next)
        if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) ==
            0)
            fprintf(file, "%s\n", text);
    fclose(file);
}

__attribute__((noreturn)) static void be_child(int fd, const char *name, const char *services,
                                               bool dead)
{
    if (dead)
        keep_quiet();
    if (__nss_configure_lookup("hosts", services) == 0 && (!dead || kill_dns()))
        tell(fd, name);
    _exit(0);
}

int child_lookup_start(struct child_lookup *lookup, const char *name, const struct hosts_line *line,
                       unsigned services, bool dead)
{
    struct hosts_line part = *line;
    char text[HOSTS_LINE_TEXT_OCTETS];
    int ends[2];

    *lookup = (struct child_lookup){.child = -1,
                                    .pipe = -1,
                                    .code = CHILD_LOOKUP_NO_ANSWER,
                                    .started = clock_ms(CLOCK_MONOTONIC)};
    part.count = services;
    hosts_line_format(&part, text);
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    fflush(stdout);
    lookup->child = fork();
    if (lookup->child == 0)
        be_child(ends[1], name, text, dead);
    close(ends[1]);
    if (lookup->child < 0) {
        int error = errno;

        close(ends[0]);
        return -error;
    }
    lookup->pipe = ends[0];
    return 0;
}

/* Takes what a child that is done has written. */
static void read_answer(struct child_lookup *lookup)
{
    FILE *file = fdopen(lookup->pipe, "r");
    char line[CHILD_LOOKUP_ADDRESS_OCTETS];

    lookup->milliseconds = clock_ms(CLOCK_MONOTONIC) - lookup->started;
    if (file == NULL)
        return;
    lookup->pipe = -1;
    if (fgets(line, sizeof line, file) != NULL)
        lookup->code = (int)strtol(line, NULL, 10);
    while (lookup->count < CHILD_LOOKUP_ADDRESSES_MAX && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        snprintf(lookup->address[lookup->count++], CHILD_LOOKUP_ADDRESS_OCTETS, "%s", line);
    }
    fclose(file);
}

static void end(struct child_lookup *lookup)
{
    if (lookup->pipe >= 0)
        close(lookup->pipe);
    lookup->pipe = -1;
    if (lookup->child <= 0)
        return;
    kill(lookup->child, SIGKILL);
    while (waitpid(lookup->child, NULL, 0) < 0 && errno == EINTR)
        ;
    lookup->child = -1;
}

void child_lookup_wait(struct child_lookup *lookups, unsigned count, int seconds)
{
    struct pollfd polled[2 * HOSTS_SERVICES_MAX];
    int64_t until = clock_ms(CLOCK_MONOTONIC) + (int64_t)seconds * 1000;
    unsigned open = count;

    /* A child writes at once, when it is done. */
    while (open > 0 && clock_ms(CLOCK_MONOTONIC) < until) {
        open = 0;
        for (unsigned i = 0; i < count; i++) {
            polled[i] = (struct pollfd){.fd = lookups[i].pipe, .events = POLLIN};
            open += lookups[i].pipe >= 0;
        }
        if (open == 0 || poll(polled, count, STEP_MS) <= 0)
            continue;
        for (unsigned i = 0; i < count; i++)
            if (lookups[i].pipe >= 0 && polled[i].revents != 0)
                read_answer(&lookups[i]);
    }
    for (unsigned i = 0; i < count; i++)
        end(&lookups[i]);
}
