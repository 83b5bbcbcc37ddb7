#include "outage/prober.h"
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
/* The subject and its companion. */
#define NAMES_MAX 2
/* How often c-ares sees what has taken too long. It would say when, but by a time_t that can be of
 * another width there than here. */
#define LOOK_MS 50

struct query {
    struct question *question;
    unsigned server;
    const char *name;
    bool tcp; /* c-ares is to send it so */
    bool cut; /* the answer was, and it waits to be sent by TCP */
};

/* It has channels of its own, one to each nameserver: c-ares 1.32 and later are the less patient
 * the faster a channel's last answers came, and cached names must not tell how long others take. */
struct question {
    struct question *next;
    struct prober *prober;
    void *about;
    unsigned left; /* answers to come */
    bool over;     /* told; what still comes does not count */
    enum probe_failure why;
    char name[NAMES_MAX][NAME_MAX_OCTETS + 1];
    struct query query[RESOLV_CONF_SERVERS_MAX * NAMES_MAX];
    ares_channel channel[PROBER_CHANNELS]; /* those for TCP come last; NULL: not opened */
};

struct prober {
    prober_done *done;
    void *context;
    const struct nameservers *nameservers;
    int interface[RESOLV_CONF_SERVERS_MAX]; /* to send through; 0: any */
    struct question *questions;
    ares_channel polled[PROBER_POLLS_MAX]; /* whose descriptors prober_polls gave */
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
        snprintf(text, sizeof text, "%s%%%s", nameserver, name);
        nameserver = text;
    }
#else
    (void)interface;
#endif
    return ares_set_servers_ports_csv(channel, nameserver) == ARES_SUCCESS ? 0 : -ENOMEM;
}

/* What c-ares would send again over TCP by itself (IGNTC) nobody would count. */
static int open_channel(ares_channel *channel, struct prober *prober, unsigned i, bool tcp)
{
    struct ares_options options = {.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH |
                                            ARES_FLAG_NOALIASES | ARES_FLAG_IGNTC |
                                            (tcp ? ARES_FLAG_USEVC : 0),
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
    if (prober->interface[i] != 0)
        ares_set_socket_configure_callback(*channel, bind_to_interface, &prober->interface[i]);
    return set_server(*channel, prober->nameservers->text[i], prober->interface[i]);
}

/* Its callbacks are called once more, and say nothing. */
static void destroy(struct question *question)
{
    question->over = true;
    for (unsigned i = 0; i < PROBER_CHANNELS; i++)
        if (question->channel[i] != NULL)
            ares_destroy(question->channel[i]);
    free(question);
}

/* Outside of all callbacks, which c-ares asks for. */
static void destroy_those_over(struct prober *prober)
{
    struct question **at = &prober->questions, *question;

    while ((question = *at) != NULL) {
        if (question->over) {
            *at = question->next;
            destroy(question);
        } else {
            at = &question->next;
        }
    }
}

int prober_open(struct prober **prober, const struct nameservers *nameservers, prober_done *done,
                void *context)
{
    struct prober *p = calloc(1, sizeof *p);

    if (p == NULL || ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
        free(p);
        return -ENOMEM;
    }
    p->done = done;
    p->context = context;
    p->nameservers = nameservers;
    for (unsigned i = 0; i < nameservers->conf.count; i++) {
        const struct sockaddr_in6 *in6 = &nameservers->conf.server[i].in6;

        p->interface[i] = in6->sin6_family == AF_INET6 ? (int)in6->sin6_scope_id : 0;
    }
    *prober = p;
    return 0;
}

void prober_close(struct prober *prober)
{
    struct question *question;

    if (prober == NULL)
        return;
    while ((question = prober->questions) != NULL) {
        prober->questions = question->next;
        destroy(question);
    }
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

static void take(struct question *question, bool answered, enum probe_failure why)
{
    struct prober *prober = question->prober;

    question->left--;
    if (question->over || (!answered && question->left > 0))
        return;
    question->over = true;
    prober->done(prober->context, question->about, answered, why);
}

/* As glibc, which goes on to the next server then, and in the end fails. */
static bool is_lame(const HEADER *header)
{
    return header->rcode == ns_r_noerror && header->ancount == 0 && header->arcount == 0 &&
           !header->aa && !header->ra;
}

static void answered(void *arg, int status, int timeouts, unsigned char *message, int len)
{
    struct query *query = arg;
    struct question *question = query->question;
    bool good = is_answer(status);
    HEADER header = {.ra = 1};

    (void)timeouts;
    if (message != NULL && len >= NS_HFIXEDSZ)
        memcpy(&header, message, NS_HFIXEDSZ);
    question->why = status == ARES_EREFUSED ? PROBE_REFUSED : (enum probe_failure)status;
    if (good && !query->tcp && is_lame(&header)) {
        question->why = PROBE_LAME;
        good = false;
    }
    query->cut = good && !query->tcp && header.tc;
    if (!query->cut)
        take(question, good, question->why);
}

bool prober_can_ask(const struct prober *prober)
{
    int fd[RESOLV_CONF_SERVERS_MAX];
    unsigned count = 0, wanted = prober->nameservers->conf.count;

    while (count < wanted && (fd[count] = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0)
        count++;
    for (unsigned i = 0; i < count; i++)
        close(fd[i]);
    return count == wanted;
}

/* `gitdns-RANDOM.NAME`; for the root `gitdns.RANDOM`, since some resolvers pass no single label on.
 */
static void make_up(const char *name, char out[NAME_MAX_OCTETS + 1])
{
    char letters[MADE_UP_LETTERS + 1] = "";
    int len;

    for (size_t i = 0; i < MADE_UP_LETTERS; i++)
        letters[i] = (char)('a' + randombytes_uniform(26));
    len = name[0] == '\0' ? snprintf(out, NAME_MAX_OCTETS + 1, "gitdns.%s", letters)
                          : snprintf(out, NAME_MAX_OCTETS + 1, "gitdns-%s.%s", letters, name);
    if (len > NAME_MAX_OCTETS)
        strcpy(out, name);
}

static void ask_all(struct question *question, unsigned which, const char *subject)
{
    const struct nameservers *nameservers = question->prober->nameservers;
    char *name = question->name[which];

    if (subject[0] == '.' || subject[0] == '\0')
        make_up(subject + (subject[0] == '.'), name);
    else
        snprintf(name, NAME_MAX_OCTETS + 1, "%s", subject);
    for (unsigned i = 0; i < nameservers->conf.count; i++) {
        struct query *query = &question->query[i * NAMES_MAX + which];

        *query = (struct query){
            .question = question, .server = i, .name = name, .tcp = nameservers->conf.tcp};
        ares_query(question->channel[i], name, ns_c_in, ns_t_a, answered, query);
    }
}

static struct question *open_question(struct prober *prober, void *about)
{
    struct question *question = calloc(1, sizeof *question);

    if (question == NULL)
        return NULL;
    question->prober = prober;
    question->about = about;
    for (unsigned i = 0; i < prober->nameservers->conf.count; i++)
        if (open_channel(&question->channel[i], prober, i, prober->nameservers->conf.tcp) < 0) {
            destroy(question);
            return NULL;
        }
    return question;
}

int prober_ask(struct prober *prober, const char *subject, const char *companion, void *about)
{
    struct question *question;

    destroy_those_over(prober);
    question = open_question(prober, about);
    if (question == NULL)
        return -ENOMEM;
    question->next = prober->questions;
    prober->questions = question;
    /* One more than there are: a question that is answered at once must not end before all are
     * asked. */
    question->left = (companion != NULL ? 2 : 1) * prober->nameservers->conf.count + 1;
    ask_all(question, 0, subject);
    if (companion != NULL)
        ask_all(question, 1, companion);
    take(question, false, question->why);
    return 0;
}

static struct query *find_cut(const struct prober *prober)
{
    for (struct question *q = prober->questions; q != NULL; q = q->next)
        for (unsigned i = 0; !q->over && i < RESOLV_CONF_SERVERS_MAX * NAMES_MAX; i++)
            if (q->query[i].cut)
                return &q->query[i];
    return NULL;
}

bool prober_repeats(const struct prober *prober)
{
    return find_cut(prober) != NULL;
}

int prober_repeat(struct prober *prober)
{
    struct query *query = find_cut(prober);
    ares_channel *channel = &query->question->channel[RESOLV_CONF_SERVERS_MAX + query->server];

    if (*channel == NULL && open_channel(channel, prober, query->server, true) < 0) {
        if (*channel != NULL)
            ares_destroy(*channel);
        *channel = NULL;
        return -ENOMEM;
    }
    query->cut = false;
    query->tcp = true;
    ares_query(*channel, query->name, ns_c_in, ns_t_a, answered, query);
    return 0;
}

unsigned prober_polls(struct prober *prober, struct pollfd *polls)
{
    unsigned count = 0;

    destroy_those_over(prober);
    for (struct question *q = prober->questions; q != NULL; q = q->next)
        for (unsigned i = 0; i < PROBER_CHANNELS; i++) {
            ares_socket_t sockets[PROBER_SOCKETS];
            int bits =
                q->channel[i] != NULL ? ares_getsock(q->channel[i], sockets, PROBER_SOCKETS) : 0;

            for (int k = 0; k < PROBER_SOCKETS && count < PROBER_POLLS_MAX; k++) {
                short events = (short)((ARES_GETSOCK_READABLE(bits, k) ? POLLIN : 0) |
                                       (ARES_GETSOCK_WRITABLE(bits, k) ? POLLOUT : 0));

                if (events == 0)
                    continue;
                prober->polled[count] = q->channel[i];
                polls[count++] = (struct pollfd){.fd = sockets[k], .events = events};
            }
        }
    return count;
}

int prober_wait(const struct prober *prober)
{
    return prober->questions != NULL ? LOOK_MS : -1;
}

void prober_process(struct prober *prober, const struct pollfd *polls, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        bool failed = (polls[i].revents & (POLLERR | POLLHUP)) != 0;
        bool read = (polls[i].revents & POLLIN) != 0 || failed;
        bool write = (polls[i].revents & POLLOUT) != 0;

        if (polls[i].revents != 0)
            ares_process_fd(prober->polled[i], read ? polls[i].fd : ARES_SOCKET_BAD,
                            write ? polls[i].fd : ARES_SOCKET_BAD);
    }
    for (struct question *q = prober->questions; q != NULL; q = q->next)
        for (unsigned i = 0; i < PROBER_CHANNELS; i++)
            if (q->channel[i] != NULL)
                ares_process_fd(q->channel[i], ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}
