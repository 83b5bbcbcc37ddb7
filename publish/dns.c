#include "publish/dns.h"
#include "base/clock.h"
#include "registry/name.h"
#include <ares.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* c-ares closes a channel's socket when nothing is under way on it; so after this many questions
 * the next channel takes over. */
#define CHANNELS 16
#define QUESTIONS_A_TURN 512
#define EVENTS 64
/* How often c-ares gets the chance to notice time-outs: it looks at all that is under way. */
#define TICK_MS 100
#define RECEIVE_BUFFER (1024 * 1024)
/* What passes everywhere without fragments (DNS flag day 2020); what is longer goes over TCP. */
#define UDP_OCTETS 1232
#define FIRST_TIMEOUT_MS 3000
#define CHAIN_MAX 32

struct channel {
    struct dns *dns;
    ares_channel ares;
    unsigned under_way;
};

struct dns {
    int epoll;
    bool private;
    bool forgetting;
    unsigned turn;  /* the channel that takes questions */
    unsigned asked; /* on it, in this turn */
    int64_t tick;   /* of the monotonic clock, ms */
    struct channel channel[CHANNELS];
};

struct question {
    struct channel *channel;
    dns_done *done;
    void *context;
    uint8_t octets;
    char name[NAME_MAX_OCTETS + 1];
};

/* c-ares tells which of its sockets it wants to read from or write to; neither: it is about to be
 * closed. */
static void watch(void *data, ares_socket_t fd, int readable, int writable)
{
    struct channel *channel = data;
    struct dns *dns = channel->dns;
    uint32_t index = (uint32_t)(channel - dns->channel);
    struct epoll_event event = {.data.u64 = (uint64_t)index << 32 | (uint32_t)fd};

    event.events = (readable ? EPOLLIN : 0U) | (writable ? EPOLLOUT : 0U);
    if (event.events == 0)
        epoll_ctl(dns->epoll, EPOLL_CTL_DEL, fd, NULL);
    else if (epoll_ctl(dns->epoll, EPOLL_CTL_MOD, fd, &event) < 0)
        epoll_ctl(dns->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Its own retries are few: who asks for a million names comes back to those that failed. */
static int open_channel(struct channel *channel, const char *resolvers)
{
    char only_dns[] = "b";
    struct ares_options options = {.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH |
                                            ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
                                   .timeout = FIRST_TIMEOUT_MS,
                                   .tries = 2,
                                   .ndots = 1,
                                   .lookups = only_dns,
                                   .ednspsz = UDP_OCTETS,
                                   .socket_receive_buffer_size = RECEIVE_BUFFER,
                                   .sock_state_cb = watch,
                                   .sock_state_cb_data = channel};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS |
               ARES_OPT_LOOKUPS | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB |
               ARES_OPT_DOMAINS | ARES_OPT_ROTATE;
    int r;

#ifdef ARES_OPT_MAXTIMEOUTMS
    /* Since 1.32 it starts with a time-out of its own measuring, which may be a quarter second. */
    options.tries = 5;
    options.maxtimeout = 2 * FIRST_TIMEOUT_MS;
    mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_QUERY_CACHE
    /* Each sample is to be a new one, and a million answers are not to stay in memory. */
    options.qcache_max_ttl = 0;
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    r = ares_init_options(&channel->ares, &options, mask);
    if (r != ARES_SUCCESS) {
        channel->ares = NULL;
        return -ENOMEM;
    }
    r = ares_set_servers_ports_csv(channel->ares, resolvers);
    return r == ARES_SUCCESS ? 0 : r == ARES_ENOMEM ? -ENOMEM : -EINVAL;
}

int dns_open(struct dns **dns, const char *resolvers, bool private)
{
    struct dns *d = calloc(1, sizeof *d);
    int r = 0;

    if (d == NULL)
        return -ENOMEM;
    d->private = private;
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (d->epoll < 0)
        r = -errno;
    else if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        r = -ENOMEM;
    for (unsigned i = 0; r == 0 && i < CHANNELS; i++) {
        d->channel[i].dns = d;
        r = open_channel(&d->channel[i], resolvers);
    }
    if (r < 0) {
        dns_close(d);
        return r;
    }
    *dns = d;
    return 0;
}

void dns_forget(struct dns *dns)
{
    dns->forgetting = true;
    for (unsigned i = 0; i < CHANNELS; i++)
        ares_cancel(dns->channel[i].ares);
    dns->forgetting = false;
}

void dns_close(struct dns *dns)
{
    if (dns == NULL)
        return;
    dns->forgetting = true;
    for (unsigned i = 0; i < CHANNELS; i++)
        if (dns->channel[i].ares != NULL)
            ares_destroy(dns->channel[i].ares);
    if (dns->epoll >= 0)
        close(dns->epoll);
    ares_library_cleanup();
    free(dns);
}

static void sort_in(struct answer *answer, const unsigned char *address)
{
    unsigned at = answer->count;
    int order = 1;

    while (at > 0 && (order = memcmp(answer->address[at - 1], address, answer->octets)) > 0)
        at--;
    if (at == RANKED_MAX || (at > 0 && order == 0))
        return;
    if (answer->count < RANKED_MAX)
        answer->count++;
    memmove(answer->address[at + 1], answer->address[at],
            (answer->count - at - 1UL) * sizeof *answer->address);
    memcpy(answer->address[at], address, answer->octets);
}

static void take_addresses(struct answer *answer, const struct ares_addrinfo *info, bool private)
{
    for (const struct ares_addrinfo_node *node = info->nodes; node != NULL; node = node->ai_next) {
        const void *address;

        if (node->ai_family != (answer->octets == 4 ? AF_INET : AF_INET6))
            continue;
        if (answer->octets == 4)
            address = &((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr;
        else
            address = &((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr;
        if (private || address_check_public(address, answer->octets) == 0)
            sort_in(answer, address);
        else
            answer->refused = (uint8_t)(answer->refused + (answer->refused < UINT8_MAX));
    }
}

/* The name at the end of the chain. The records of an answer may stand in any order. */
static void take_cname(struct answer *answer, const char *name, const struct ares_addrinfo *info,
                       bool private)
{
    const char *end = name;
    int len;

    for (unsigned i = 0; i < CHAIN_MAX; i++) {
        const struct ares_addrinfo_cname *link = info->cnames;

        while (link != NULL &&
               (link->alias == NULL || link->name == NULL || strcasecmp(link->alias, end) != 0))
            link = link->next;
        if (link == NULL)
            break;
        end = link->name;
    }
    len = name_normalise(end, strlen(end), answer->cname);
    if (len > 0 && strcmp(answer->cname, name) != 0 &&
        (private || name_check_public(answer->cname, (size_t)len) == 0))
        answer->cname_len = (uint8_t)len;
}

static enum finding finding_of(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return FINDING_FOUND;
    case ARES_ENODATA:
        return FINDING_NODATA;
    case ARES_ENOTFOUND:
        return FINDING_NXDOMAIN;
    default:
        return FINDING_FAILED;
    }
}

static void answered(void *arg, int status, int timeouts, struct ares_addrinfo *info)
{
    struct question *question = arg;
    struct dns *dns = question->channel->dns;
    struct answer answer = {.finding = finding_of(status), .octets = question->octets};

    (void)timeouts;
    question->channel->under_way--;
    if (answer.finding == FINDING_FOUND) {
        take_addresses(&answer, info, dns->private);
        take_cname(&answer, question->name, info, dns->private);
        /* It has addresses, but none that can be told: as if it had none. */
        if (answer.count == 0)
            answer.finding = FINDING_NODATA;
    } else if (answer.finding == FINDING_FAILED) {
        answer.why = ares_strerror(status);
        answer.silent = status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;
    }
    if (info != NULL)
        ares_freeaddrinfo(info);
    if (!dns->forgetting)
        question->done(question->context, &answer);
    free(question);
}

/* The channel that takes the next question: another one after each turn, if possible one that has
 * nothing under way and so no port. */
static struct channel *next_channel(struct dns *dns)
{
    if (dns->asked++ < QUESTIONS_A_TURN)
        return &dns->channel[dns->turn];
    dns->asked = 1;
    for (unsigned i = 1; i < CHANNELS; i++) {
        dns->turn = (dns->turn + 1) % CHANNELS;
        if (dns->channel[dns->turn].under_way == 0)
            break;
    }
    return &dns->channel[dns->turn];
}

void dns_ask(struct dns *dns, const char *name, size_t octets, dns_done *done, void *context)
{
    static const struct answer no_memory = {.finding = FINDING_FAILED, .why = "out of memory"};
    struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT,
                                        .ai_family = octets == 4 ? AF_INET : AF_INET6};
    struct question *question = malloc(sizeof *question);

    if (question == NULL) {
        done(context, &no_memory);
        return;
    }
    *question = (struct question){
        .channel = next_channel(dns), .done = done, .context = context, .octets = (uint8_t)octets};
    memcpy(question->name, name, strlen(name) + 1);
    question->channel->under_way++;
    ares_getaddrinfo(question->channel->ares, question->name, NULL, &hints, answered, question);
}

static void look_for_timeouts(struct dns *dns)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC);

    if (now - dns->tick < TICK_MS)
        return;
    dns->tick = now;
    for (unsigned i = 0; i < CHANNELS; i++)
        if (dns->channel[i].under_way > 0)
            ares_process_fd(dns->channel[i].ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

int dns_wait(struct dns *dns, int milliseconds)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(dns->epoll, events, EVENTS, milliseconds < TICK_MS ? milliseconds : TICK_MS);

    if (n < 0 && errno != EINTR)
        return -errno;
    for (int i = 0; i < n; i++) {
        uint32_t happened = events[i].events;
        ares_socket_t fd = (ares_socket_t)(uint32_t)events[i].data.u64;
        bool failed = (happened & (EPOLLERR | EPOLLHUP)) != 0;

        ares_process_fd(dns->channel[events[i].data.u64 >> 32].ares,
                        (happened & EPOLLIN) != 0 || failed ? fd : ARES_SOCKET_BAD,
                        (happened & EPOLLOUT) != 0 ? fd : ARES_SOCKET_BAD);
    }
    look_for_timeouts(dns);
    return 0;
}
