#include "prober.h"
#include "registry/registry.h"
/* The names that c-ares 1.28 calls deprecated are all that 1.18 has. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <net/if.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MADE_UP_LETTERS 12

struct prober {
    prober_done *done;
    void *context;
    unsigned count;
    bool closing;
    unsigned under_way;
    ares_channel channel[NAMESERVERS_MAX];
    int interface[NAMESERVERS_MAX]; /* to send through; 0: any */
};

struct question {
    struct prober *prober;
    void *about;
    unsigned left; /* answers to come */
    bool answered;
    const char *why;
};

/* Of a link-local nameserver c-ares 1.18 cannot be told the scope. */
static int bind_to_interface(ares_socket_t fd, int type, void *index)
{
    (void)type;
    return setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, index, sizeof(int));
}

/* c-ares 1.24 and later ignore a link-local nameserver without its scope. */
static int set_server(ares_channel channel, const char *nameserver, int interface)
{
#if ARES_VERSION >= 0x011800
    char name[IF_NAMESIZE], text[NAMESERVER_OCTETS + 1 + IF_NAMESIZE];

    if (interface != 0 && if_indextoname((unsigned)interface, name) != NULL) {
        snprintf(text, sizeof(text), "%s%%%s", nameserver, name);
        nameserver = text;
    }
#else
    (void)interface;
#endif
    return ares_set_servers_ports_csv(channel, nameserver) == ARES_SUCCESS ? 0 : -ENOMEM;
}

static int open_channel(ares_channel *channel, const char *nameserver, int *interface, bool tcp)
{
    struct ares_options options = {.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH |
                                            ARES_FLAG_NOALIASES | (tcp ? ARES_FLAG_USEVC : 0),
                                   .timeout = PROBER_TIMEOUT_MS,
                                   .tries = 1};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_DOMAINS;

#ifdef ARES_OPT_MAXTIMEOUTMS
    options.maxtimeout = PROBER_TIMEOUT_MS;
    mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_QUERY_CACHE
    options.qcache_max_ttl = 0;
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    if (ares_init_options(channel, &options, mask) != ARES_SUCCESS) {
        *channel = NULL;
        return -ENOMEM;
    }
    if (*interface != 0)
        ares_set_socket_configure_callback(*channel, bind_to_interface, interface);
    return set_server(*channel, nameserver, *interface);
}

int prober_open(struct prober **prober, const struct nameservers *nameservers, prober_done *done,
                void *context)
{
    struct prober *p = calloc(1, sizeof(*p));

    if (p == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        free(p);
        return -ENOMEM;
    }
    p->done = done;
    p->context = context;
    for (; p->count < nameservers->count; p->count++) {
        const struct sockaddr_in6 *in6 = &nameservers->server[p->count].address.in6;

        p->interface[p->count] = in6->sin6_family == AF_INET6 ? (int)in6->sin6_scope_id : 0;
        if (open_channel(&p->channel[p->count], nameservers->server[p->count].text,
                         &p->interface[p->count], nameservers->tcp) < 0) {
            p->count += p->channel[p->count] != NULL;
            prober_close(p);
            return -ENOMEM;
        }
    }
    *prober = p;
    return 0;
}

void prober_close(struct prober *prober)
{
    if (prober == NULL)
        return;
    prober->closing = true;
    for (unsigned i = 0; i < prober->count; i++)
        ares_destroy(prober->channel[i]);
    ares_library_cleanup();
    free(prober);
}

/* What glibc takes for a failure of DNS is one. */
static bool is_answer(int status)
{
    switch (status) {
    case ARES_SUCCESS:
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
    case ARES_EFORMERR:
        return true;
    default:
        return false;
    }
}

static void take(struct question *question, bool answered, const char *why)
{
    struct prober *prober = question->prober;
    bool first = answered && !question->answered;

    question->left--;
    question->answered = question->answered || answered;
    if (!answered)
        question->why = why;
    if (!prober->closing && (first || (question->left == 0 && !question->answered)))
        prober->done(prober->context, question->about, question->answered, question->why);
    if (question->left == 0) {
        prober->under_way--;
        free(question);
    }
}

static void answered(void *arg, int status, int timeouts, unsigned char *message, int len)
{
    (void)timeouts, (void)message, (void)len;
    take(arg, is_answer(status), ares_strerror(status));
}

bool prober_can_ask(const struct prober *prober)
{
    int fd[NAMESERVERS_MAX];
    unsigned count = 0;

    while (count < prober->count &&
           (fd[count] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0)
        count++;
    for (unsigned i = 0; i < count; i++)
        close(fd[i]);
    return count == prober->count;
}

/* `gitdns-RANDOM.NAME`; for the root `gitdns.RANDOM`, since some resolvers pass no single label on.
 */
static void make_up(const char *name, char out[NAME_MAX_OCTETS + 1])
{
    char letters[MADE_UP_LETTERS + 1] = "";

    for (size_t i = 0; i < MADE_UP_LETTERS; i++)
        letters[i] = (char)('a' + randombytes_uniform(26));
    int len = name[0] == '\0' ? snprintf(out, NAME_MAX_OCTETS + 1, "gitdns.%s", letters)
                              : snprintf(out, NAME_MAX_OCTETS + 1, "gitdns-%s.%s", letters, name);
    if (len > NAME_MAX_OCTETS)
        strcpy(out, name);
}

static void ask_all(struct prober *prober, const char *subject, struct question *question)
{
    char made_up[NAME_MAX_OCTETS + 1];

    if (subject[0] == '.' || subject[0] == '\0') {
        make_up(subject + (subject[0] == '.'), made_up);
        subject = made_up;
    }
    for (unsigned i = 0; i < prober->count; i++)
        ares_query(prober->channel[i], subject, ns_c_in, ns_t_a, answered, question);
}

void prober_ask(struct prober *prober, const char *subject, const char *witness, void *about)
{
    struct question *question = malloc(sizeof(*question));
    unsigned subjects = witness != NULL ? 2 : 1;

    if (question == NULL || prober->count == 0) {
        free(question);
        prober->done(prober->context, about, false,
                     question == NULL ? "out of memory" : "no nameserver");
        return;
    }
    /* One more than there are: a question that is answered at once must not end before all are
     * asked. */
    *question = (struct question){prober, about, subjects * prober->count + 1, false, "no answer"};
    prober->under_way++;
    ask_all(prober, subject, question);
    if (witness != NULL)
        ask_all(prober, witness, question);
    take(question, false, question->why);
}

unsigned prober_polls(struct prober *prober, struct pollfd *polls)
{
    unsigned count = 0;

    for (unsigned i = 0; i < prober->count; i++) {
        ares_socket_t sockets[PROBER_SOCKETS];
        int bits = ares_getsock(prober->channel[i], sockets, PROBER_SOCKETS);
        for (int k = 0; k < PROBER_SOCKETS; k++) {
            bool read = ARES_GETSOCK_READABLE(bits, k), write = ARES_GETSOCK_WRITABLE(bits, k);
            if (read || write)
                polls[count++] =
                    (struct pollfd){.fd = sockets[k],
                                    .events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0))};
        }
    }
    return count;
}

int prober_wait(struct prober *prober)
{
    long least = -1;

    if (prober->under_way == 0)
        return -1;
    for (unsigned i = 0; i < prober->count; i++) {
        struct timeval wait;
        if (ares_timeout(prober->channel[i], NULL, &wait) == NULL)
            continue;
        long ms = wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1;
        least = least < 0 || ms < least ? ms : least;
    }
    return (int)least;
}

void prober_process(struct prober *prober, const struct pollfd *polls, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (polls[i].revents == 0)
            continue;
        bool failed = (polls[i].revents & (POLLERR | POLLHUP)) != 0;
        bool read = (polls[i].revents & POLLIN) != 0 || failed;
        bool write = (polls[i].revents & POLLOUT) != 0;
        /* Whose descriptor it is only c-ares knows; to the others it means nothing. */
        for (unsigned k = 0; k < prober->count; k++)
            ares_process_fd(prober->channel[k], read ? polls[i].fd : ARES_SOCKET_BAD,
                            write ? polls[i].fd : ARES_SOCKET_BAD);
    }
    for (unsigned k = 0; k < prober->count; k++)
        ares_process_fd(prober->channel[k], ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}
