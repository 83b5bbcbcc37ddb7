#include "outage/probe.h"
#include <arpa/nameser.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MADE_UP_LETTERS 12
/* Messages at a time, of a nameserver that sends more than it was asked for. */
#define READS_MAX 64

struct probe *probe_new(const struct resolv_conf *conf, const char *subject, void *about,
                        int64_t now)
{
    struct probe *probe = calloc(1, sizeof *probe);

    if (probe == NULL)
        return NULL;
    probe->conf = conf;
    probe->about = about;
    probe->began = probe->due = now;
    snprintf(probe->subject, sizeof probe->subject, "%s", subject);
    for (unsigned i = 0; i < conf->count; i++)
        channel_open(&probe->server[i].channel, &conf->server[i]);
    probe->next_server = conf->count;
    return probe;
}

void probe_free(struct probe *probe)
{
    for (unsigned i = 0; i < probe->conf->count; i++)
        channel_close(&probe->server[i].channel);
    free(probe);
}

/* `gitdns-RANDOM.NAME`; for the root `gitdns.RANDOM`, since some resolvers pass no single label on.
 */
static void make_up(const char *domain, char name[NAME_MAX_OCTETS + 1])
{
    char letters[MADE_UP_LETTERS + 1] = "";
    int len;

    for (size_t i = 0; i < MADE_UP_LETTERS; i++)
        letters[i] = (char)('a' + randombytes_uniform(26));
    len = domain[0] == '\0' ? snprintf(name, NAME_MAX_OCTETS + 1, "gitdns.%s", letters)
                            : snprintf(name, NAME_MAX_OCTETS + 1, "gitdns-%s.%s", letters, domain);
    if (len > NAME_MAX_OCTETS)
        snprintf(name, NAME_MAX_OCTETS + 1, "%s", domain);
}

void probe_add_name(struct probe *probe, const char *subject)
{
    char *name = probe->name[probe->names++];

    if (subject[0] == '.' || subject[0] == '\0')
        make_up(subject + (subject[0] == '.'), name);
    else
        snprintf(name, NAME_MAX_OCTETS + 1, "%s", subject);
}

void probe_begin_query(struct probe *probe, unsigned name, int64_t now)
{
    probe->query[probe->queries++] =
        (struct probe_query){.id = (uint16_t)randombytes_uniform(1 << 16), .name = name, .at = now};
    probe->next_server = 0;
    if (probe->asked <= name)
        probe->asked = name + 1;
}

static unsigned bit(unsigned name)
{
    return 1U << name;
}

/* Of what a connection is being asked over TCP, no more is sent meanwhile. */
static bool awaits(const struct probe *probe, unsigned i, unsigned name)
{
    const struct probe_server *server = &probe->server[i];

    return !server->failed && server->channel.tcp < 0 &&
           ((server->denied | server->cut) & bit(name)) == 0;
}

/* The nameserver that is the next to have the last query; the number of them: none. */
static unsigned next_server(const struct probe *probe)
{
    unsigned i = probe->next_server;

    while (i < probe->conf->count && !awaits(probe, i, probe->query[probe->queries - 1].name))
        i++;
    return i;
}

/* The nameserver to which something is to be sent again over TCP; the number of them: none. */
static unsigned cut_server(const struct probe *probe)
{
    unsigned i = 0;

    while (i < probe->conf->count && (probe->server[i].cut == 0 ||
                                      probe->server[i].channel.tcp >= 0 || probe->server[i].failed))
        i++;
    return i;
}

bool probe_has_to_send(const struct probe *probe)
{
    return next_server(probe) < probe->conf->count || cut_server(probe) < probe->conf->count;
}

static void fail(struct probe *probe, struct probe_server *server, enum probe_failure why)
{
    server->failed = true;
    /* What could not be asked outweighs what others said. */
    if (probe_failure_counts(probe->why))
        probe->why = why;
}

static void deny(struct probe *probe, struct probe_server *server, unsigned name,
                 enum probe_failure why)
{
    server->denied |= bit(name);
    if (probe_failure_counts(probe->why))
        probe->why = why;
}

static int make(const struct probe *probe, unsigned query, uint8_t message[DNS_MESSAGE_OCTETS])
{
    return dns_message_make(probe->name[probe->query[query].name], ns_t_a, probe->conf->options,
                            probe->query[query].id, message);
}

static void send_query(struct probe *probe, struct probe_server *server, unsigned query, bool tcp)
{
    uint8_t message[DNS_MESSAGE_OCTETS];
    int len = make(probe, query, message);
    int r = len < 0 ? 0
            : tcp   ? channel_send_tcp(&server->channel, message, (size_t)len)
                    : channel_send_udp(&server->channel, message, (size_t)len);

    if (len < 0)
        deny(probe, server, probe->query[query].name, PROBE_BROKEN);
    else if (r < 0)
        fail(probe, server, probe_failure_of(-r));
    server->tcp = query;
}

/* The last query for a name whose answer was cut off. */
static unsigned cut_query(const struct probe *probe, unsigned cut)
{
    unsigned i = probe->queries - 1;

    while ((cut & bit(probe->query[i].name)) == 0)
        i--;
    return i;
}

void probe_send(struct probe *probe)
{
    unsigned query = probe->queries - 1, again = cut_server(probe);

    if (again < probe->conf->count) {
        query = cut_query(probe, probe->server[again].cut);
        probe->server[again].cut &= ~bit(probe->query[query].name);
        send_query(probe, &probe->server[again], query, true);
        return;
    }
    probe->next_server = next_server(probe);
    if (probe->next_server < probe->conf->count)
        send_query(probe, &probe->server[probe->next_server++], query, probe->conf->tcp);
}

bool probe_is_denied(const struct probe *probe)
{
    for (unsigned i = 0; i < probe->conf->count; i++)
        if (!probe->server[i].failed && probe->server[i].denied != bit(probe->asked) - 1)
            return false;
    return true;
}

/* Which query a reply is to, and what it means. */
static int judge(struct probe *probe, struct probe_server *server, const uint8_t *reply, int len,
                 bool tcp, bool *answered)
{
    uint8_t message[DNS_MESSAGE_OCTETS];
    enum probe_failure why;

    for (unsigned i = probe->queries; i-- > 0;) {
        int query_len = make(probe, i, message);
        enum dns_reply is;

        if (query_len < 0)
            continue;
        is = dns_message_judge(message, (size_t)query_len, reply, (size_t)len, tcp, &why);
        if (is == DNS_REPLY_OTHER)
            continue;
        if (is == DNS_REPLY_FAILURE)
            deny(probe, server, probe->query[i].name, why);
        else if (is == DNS_REPLY_CUT)
            server->cut |= bit(probe->query[i].name) & ~server->denied;
        *answered = is == DNS_REPLY_ANSWER;
        if (*answered)
            probe->ttl = dns_message_ttl(reply, (size_t)len);
        return (int)i;
    }
    return -1;
}

static int read_tcp(struct probe *probe, struct probe_server *server)
{
    uint8_t reply[DNS_MESSAGE_OCTETS];
    bool answered = false;
    int query = -1, len = 0;

    for (int i = 0; i < READS_MAX && query < 0 && len >= 0; i++) {
        len = channel_read_tcp(&server->channel, reply);
        if (len >= 0)
            query = judge(probe, server, reply, len, true, &answered);
    }
    if (query < 0 && (len >= 0 || len == -EAGAIN))
        return -1;
    if (query < 0 && probe->conf->tcp && len != -EPIPE)
        fail(probe, server, probe_failure_of(-len));
    else if (query < 0)
        deny(probe, server, probe->query[server->tcp].name, PROBE_BROKEN);
    channel_close_tcp(&server->channel);
    return answered ? query : -1;
}

int probe_read(struct probe *probe, struct probe_server *server, bool tcp)
{
    uint8_t reply[DNS_MESSAGE_OCTETS];
    bool answered = false;
    int query = -1, len = -EAGAIN;

    if (tcp)
        return read_tcp(probe, server);
    for (int i = 0; i < READS_MAX && !answered; i++) {
        len = channel_read_udp(&server->channel, reply);
        if (len < 0)
            break;
        query = judge(probe, server, reply, len, false, &answered);
    }
    if (answered)
        return query;
    if (len < 0 && len != -EAGAIN)
        fail(probe, server, probe_failure_of(-len));
    return -1;
}
