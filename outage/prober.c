#include "outage/prober.h"
#include "outage/probe.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Between two queries, at least. */
#define PACE_MS 100
/* What the last answers have shown to be lost. */
#define LOSSES 8
#define MARGIN 4 /* so many times that and no answer: not by chance */

struct prober {
    struct prober_handler handler;
    const struct nameservers *nameservers;
    struct probe *probes; /* the oldest first */
    int64_t patience;     /* until silence is one, ms */
    int64_t late;         /* until what is over is given up, ms */
    unsigned lost[LOSSES], next_lost;
    struct {
        struct probe *probe;
        unsigned server;
        bool tcp;
    } polled[PROBER_POLLS_MAX];
};

static int64_t bounded(int64_t milliseconds)
{
    return milliseconds < PROBER_PATIENCE_MAX_MS ? milliseconds : PROBER_PATIENCE_MAX_MS;
}

int prober_open(struct prober **prober, const struct nameservers *nameservers,
                const struct prober_handler *handler)
{
    const struct resolv_conf *conf = &nameservers->conf;
    int64_t timeout = conf->timeout > 0 ? conf->timeout * INT64_C(1000) : 1000;
    struct prober *p = calloc(1, sizeof *p);

    if (p == NULL)
        return -ENOMEM;
    p->handler = *handler;
    p->nameservers = nameservers;
    p->patience = bounded(timeout + PROBER_PATIENCE_MORE_MS);
    p->late = bounded(timeout * (conf->attempts > 0 ? conf->attempts : 1) * conf->count);
    if (p->late < p->patience)
        p->late = p->patience;
    *prober = p;
    return 0;
}

void prober_close(struct prober *prober)
{
    struct probe *probe;

    if (prober == NULL)
        return;
    while ((probe = prober->probes) != NULL) {
        prober->probes = probe->next;
        probe_free(probe);
    }
    free(prober);
}

/* Of those that may be answered late the oldest, if there are too many. */
static void free_ended(struct prober *prober)
{
    struct probe **at = &prober->probes, *probe;
    unsigned late = 0;

    for (probe = prober->probes; probe != NULL; probe = probe->next)
        late += probe->over && !probe->ended;
    while ((probe = *at) != NULL) {
        bool spare = probe->over && !probe->ended && late > PROBER_LATE_MAX;

        if (!probe->ended && !spare) {
            at = &probe->next;
            continue;
        }
        late -= spare;
        *at = probe->next;
        probe_free(probe);
    }
}

/* The queries to each nameserver that fit into the time. */
static unsigned queries(const struct prober *prober)
{
    unsigned wanted = PROBER_QUERIES / prober->nameservers->conf.count;
    int64_t fit = prober->patience / PACE_MS;

    if (wanted < PROBER_QUERIES_EACH)
        wanted = PROBER_QUERIES_EACH;
    if (fit < wanted)
        wanted = fit > PROBER_QUERIES_LEAST ? (unsigned)fit : PROBER_QUERIES_LEAST;
    return wanted;
}

static int64_t pace(const struct prober *prober)
{
    return prober->patience / queries(prober);
}

int prober_ask(struct prober *prober, const char *subject, const char *companion, void *about,
               int64_t now)
{
    struct probe **at = &prober->probes, *probe;

    free_ended(prober);
    probe = probe_new(&prober->nameservers->conf, subject, about, now);
    if (probe == NULL)
        return -ENOMEM;
    probe_add_name(probe, subject);
    if (companion != NULL)
        probe_add_name(probe, companion);
    probe_begin_query(probe, 0, now);
    probe->due = now + pace(prober);
    while (*at != NULL)
        at = &(*at)->next;
    *at = probe;
    for (unsigned i = 0; i < prober->nameservers->conf.count; i++)
        probe_send(probe);
    return 0;
}

/* Those without an answer that are silence. */
static unsigned queries_wanted(const struct prober *prober)
{
    unsigned wanted = queries(prober);

    for (unsigned i = 0; i < LOSSES; i++)
        if (prober->lost[i] * MARGIN > wanted)
            wanted = prober->lost[i] * MARGIN;
    return wanted < PROBE_QUERIES_MAX ? wanted : PROBE_QUERIES_MAX;
}

static bool has_to_send(const struct probe *probe, int64_t now)
{
    return !probe->over &&
           (probe_has_to_send(probe) || (probe->due <= now && probe->queries < PROBE_QUERIES_MAX));
}

static struct probe *find_due(const struct prober *prober, bool root, int64_t now)
{
    struct probe *first = NULL;

    for (struct probe *probe = prober->probes; probe != NULL; probe = probe->next) {
        if (!has_to_send(probe, now))
            continue;
        if (probe->subject[0] == '\0')
            return probe;
        if (!root && (first == NULL || probe->due < first->due))
            first = probe;
    }
    return first;
}

bool prober_is_due(const struct prober *prober, bool root, int64_t now)
{
    return find_due(prober, root, now) != NULL;
}

static bool is_wide(const struct probe *probe)
{
    return probe->subject[0] == '\0' || probe->subject[0] == '.';
}

/* Returns whether there is one more. */
static bool add_another(struct prober *prober, struct probe *probe)
{
    char name[NAME_MAX_OCTETS + 1];

    if (!is_wide(probe) || probe->names == PROBE_NAMES_MAX ||
        !prober->handler.another(prober->handler.context, probe->about, name))
        return false;
    probe_add_name(probe, name);
    return true;
}

/* A name that has not been asked for, or each of them by turns. */
static void begin_query(struct prober *prober, struct probe *probe, int64_t now)
{
    bool more = probe->asked < probe->names || add_another(prober, probe);

    probe->due = now + pace(prober);
    probe_begin_query(probe, more ? probe->asked : probe->queries % probe->names, now);
}

void prober_send(struct prober *prober, int64_t now)
{
    struct probe *probe = find_due(prober, false, now);

    if (!probe_has_to_send(probe))
        begin_query(prober, probe, now);
    probe_send(probe);
}

unsigned prober_polls(struct prober *prober, struct pollfd *polls)
{
    unsigned count = 0;

    free_ended(prober);
    for (struct probe *probe = prober->probes; probe != NULL; probe = probe->next)
        for (unsigned i = 0; i < 2 * probe->conf->count && count < PROBER_POLLS_MAX; i++) {
            const struct channel *channel = &probe->server[i / 2].channel;
            bool tcp = i % 2 != 0;
            int fd = tcp ? channel->tcp : channel->udp;

            if (fd < 0 || probe->server[i / 2].failed)
                continue;
            prober->polled[count].probe = probe;
            prober->polled[count].server = i / 2;
            prober->polled[count].tcp = tcp;
            polls[count++] =
                (struct pollfd){.fd = fd, .events = tcp && !channel->reads ? POLLOUT : POLLIN};
        }
    return count;
}

static int64_t end_of(const struct prober *prober, const struct probe *probe)
{
    return probe->began + (probe->over ? prober->late : prober->patience);
}

int prober_wait(const struct prober *prober, int64_t now)
{
    int64_t least = -1;

    for (const struct probe *probe = prober->probes; probe != NULL; probe = probe->next) {
        int64_t next = end_of(prober, probe);

        /* What may be sent now waits for whoever counts that. */
        if (!probe->over && probe->due > now && (probe->due < next || next <= now))
            next = probe->due;
        else if (has_to_send(probe, now) && next <= now)
            continue;
        if (least < 0 || next < least)
            least = next;
    }
    if (least < 0)
        return -1;
    return least > now ? (int)(least - now) : 0;
}

/* What this answer has taken, and how many queries before it had none. */
static void learn(struct prober *prober, const struct probe *probe, unsigned query, int64_t now)
{
    int64_t took = (now - probe->query[query].at) * 3 / 2;

    if (took > prober->patience)
        prober->patience = took < prober->late ? took : prober->late;
    prober->lost[prober->next_lost] = query;
    prober->next_lost = (prober->next_lost + 1) % LOSSES;
}

static void end(struct prober *prober, struct probe *probe, bool answered, enum probe_failure why)
{
    probe->over = true;
    probe->ended = answered || why != PROBE_NO_ANSWER;
    prober->handler.done(prober->handler.context, probe->about, answered, probe->ttl, why);
}

static void take_answer(struct prober *prober, struct probe *probe, unsigned query, int64_t now)
{
    learn(prober, probe, query, now);
    if (!probe->over) {
        end(prober, probe, true, PROBE_NO_ANSWER);
        return;
    }
    probe->ended = true;
    prober->handler.late(prober->handler.context, probe->subject);
}

static unsigned names_wanted(const struct prober *prober, const struct probe *probe)
{
    return probe->subject[0] == '\0' ? queries(prober) : PROBER_NAMES_OF_DOMAIN;
}

/* Whether enough was asked for a no to be one. */
static bool is_settled(struct prober *prober, struct probe *probe, int64_t now)
{
    bool failed = true;

    if (!probe_is_denied(probe))
        return false;
    for (unsigned i = 0; i < probe->conf->count; i++)
        failed = failed && probe->server[i].failed;
    if (failed || (probe->asked == probe->names &&
                   (probe->names >= names_wanted(prober, probe) || !add_another(prober, probe))))
        return true;
    probe->due = now;
    return false;
}

static void look_at(struct prober *prober, struct probe *probe, int64_t now)
{
    if (probe->over) {
        probe->ended = probe->ended || now >= end_of(prober, probe);
        return;
    }
    if (is_settled(prober, probe, now))
        end(prober, probe, false, probe->why);
    else if (now >= end_of(prober, probe) && probe->queries >= queries_wanted(prober) &&
             !probe_has_to_send(probe))
        end(prober, probe, false, probe_failure_counts(probe->why) ? PROBE_NO_ANSWER : probe->why);
}

void prober_process(struct prober *prober, const struct pollfd *polls, unsigned count, int64_t now)
{
    for (unsigned i = 0; i < count; i++) {
        struct probe *probe = prober->polled[i].probe;
        int query;

        if (polls[i].revents == 0 || probe->ended)
            continue;
        query = probe_read(probe, &probe->server[prober->polled[i].server], prober->polled[i].tcp);
        if (query >= 0)
            take_answer(prober, probe, (unsigned)query, now);
    }
    for (struct probe *probe = prober->probes; probe != NULL; probe = probe->next)
        look_at(prober, probe, now);
}
