/* One question of the prober's, to all nameservers: the names that it asks for, what was sent to
 * whom, and what they said. */
#ifndef GITDNS_OUTAGE_PROBE_H
#define GITDNS_OUTAGE_PROBE_H

#include "outage/channel.h"
#include "registry/registry.h"

/* Names that are asked for at most; queries, each with one of them. */
#define PROBE_NAMES_MAX 24
#define PROBE_QUERIES_MAX 60

struct probe_query {
    uint16_t id;
    unsigned name; /* which of the names */
    int64_t at;    /* when it began, ms */
};

struct probe_server {
    struct channel channel;
    unsigned denied; /* the names to which it said no, a bit each */
    unsigned cut;    /* the names that wait to be asked for over TCP */
    unsigned tcp;    /* which query is under way there */
    bool failed;     /* the nameserver did, whatever the name */
};

struct probe {
    struct probe *next;
    const struct resolv_conf *conf;
    void *about;
    char subject[1 + NAME_MAX_OCTETS + 1];
    bool over;          /* told; an answer that still comes is a late one */
    bool ended;         /* nothing is awaited any more */
    int64_t began, due; /* due: the next query; ms */
    unsigned names, queries;
    unsigned asked;       /* names of which there has been a query */
    unsigned next_server; /* of those to which the last query has yet to be sent */
    enum probe_failure why;
    uint32_t ttl; /* seconds for which a cache may keep the answer */
    char name[PROBE_NAMES_MAX][NAME_MAX_OCTETS + 1];
    struct probe_query query[PROBE_QUERIES_MAX];
    struct probe_server server[RESOLV_CONF_SERVERS_MAX];
};

/* Returns NULL if there is no memory. `conf` stays the caller's. */
struct probe *probe_new(const struct resolv_conf *conf, const char *subject, void *about,
                        int64_t now);

void probe_free(struct probe *probe);

/* Adds a name; of a domain (a dot in front) or the root (empty) one that nobody has made, below it.
 * There is room for it. */
void probe_add_name(struct probe *probe, const char *subject);

/* Begins a query, with the number that `name` is. There is room for it. */
void probe_begin_query(struct probe *probe, unsigned name, int64_t now);

/* Whether one is to be sent: to a nameserver that has not had the last one, or again over TCP. */
bool probe_has_to_send(const struct probe *probe);

/* Sends one, to one nameserver. */
void probe_send(struct probe *probe);

/* Whether all nameservers have said no to all names that were asked for, or have failed. */
bool probe_is_denied(const struct probe *probe);

/* Takes in what has come from a nameserver. Returns the number of a query that is answered; -1:
 * none. */
int probe_read(struct probe *probe, struct probe_server *server, bool tcp);

#endif
