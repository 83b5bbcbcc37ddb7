#include "publish/resolvers.h"
#include "base/error.h"
#include "base/resolv_conf.h"
#include "publish/dns.h"
#include "publish/stop.h"
#include "registry/address.h"
#include <arpa/inet.h>
#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PORT 53
#define LABEL_LETTERS 20
#define ATTEMPTS 3

/* Decimal, 1 to 65535; 0 if it is none. */
static unsigned parse_port(const char *text)
{
    unsigned port = 0;

    for (const char *p = text; *p != '\0'; p++) {
        if (*p < '0' || *p > '9' || p - text == 5)
            return 0;
        port = port * 10 + (unsigned)(*p - '0');
    }
    return port <= 65535 ? port : 0;
}

int resolvers_add(struct resolvers *resolvers, const char *text)
{
    const char *address = text, *end = text + strlen(text), *colon = NULL;
    unsigned char octets[ADDRESS_MAX_OCTETS];
    char plain[INET6_ADDRSTRLEN];
    unsigned port = PORT;
    int n;

    if (text[0] == '[') {
        address = text + 1;
        end = strchr(text, ']');
        if (end == NULL)
            return -EINVAL;
        if (end[1] != '\0')
            colon = end + 1;
    } else if (strchr(text, ':') == strrchr(text, ':') && strchr(text, ':') != NULL) {
        end = colon = strchr(text, ':');
    }
    if (colon != NULL)
        port = *colon == ':' ? parse_port(colon + 1) : 0;
    n = address_parse(address, (size_t)(end - address), octets);
    if (port == 0 || n < 0 || (text[0] == '[' && n == 4))
        return -EINVAL;
    if (resolvers->count == RESOLVERS_MAX)
        return -ENOSPC;
    plain[address_format(octets, (size_t)n, plain)] = '\0';
    snprintf(resolvers->text[resolvers->count++], RESOLVER_TEXT, n == 4 ? "%s:%u" : "[%s]:%u",
             plain, port);
    return 0;
}

/* A link-local one is of use with its link alone, which has no room in a text of ours. */
static void add_server(struct resolvers *resolvers, const union resolv_conf_server *server)
{
    char text[INET6_ADDRSTRLEN];

    if (server->any.sa_family == AF_INET)
        inet_ntop(AF_INET, &server->in.sin_addr, text, sizeof text);
    else if (server->in6.sin6_scope_id != 0 || IN6_IS_ADDR_LINKLOCAL(&server->in6.sin6_addr))
        return;
    else
        inet_ntop(AF_INET6, &server->in6.sin6_addr, text, sizeof text);
    resolvers_add(resolvers, text);
}

int resolvers_default(struct resolvers *resolvers, struct problem *problem)
{
    struct resolv_conf conf;
    int r;

    if (resolvers->count > 0)
        return 0;
    r = resolv_conf_read(&conf);
    if (r == 0 && conf.stamp == 0)
        r = -ENOENT;
    if (r < 0)
        return problem_set(problem, r, RESOLV_CONF_PATH ": %s; see --resolver",
                           r == -EINVAL ? "not a file that can be read" : error_text(r));
    for (unsigned i = 0; i < conf.count; i++)
        add_server(resolvers, &conf.server[i]);
    return resolvers->count > 0
               ? 0
               : problem_set(problem, E_RESOLVER,
                             RESOLV_CONF_PATH ": names no resolver; see --resolver");
}

void resolvers_join(const struct resolvers *resolvers, char out[RESOLVERS_TEXT])
{
    size_t len = 0;

    for (unsigned i = 0; i < resolvers->count; i++)
        len += (size_t)snprintf(out + len, RESOLVERS_TEXT - len, "%s%s", i > 0 ? "," : "",
                                resolvers->text[i]);
}

struct reply {
    bool came;
    struct answer answer;
};

static void take(void *context, const struct answer *answer)
{
    struct reply *reply = context;

    *reply = (struct reply){.came = true, .answer = *answer};
}

/* Asks until there is an answer that says something. */
static int ask(struct dns *dns, const char *resolver, const char *name, size_t octets,
               struct reply *reply, struct problem *problem)
{
    for (unsigned i = 0; i < ATTEMPTS; i++) {
        reply->came = false;
        dns_ask(dns, name, octets, take, reply);
        while (!reply->came) {
            int r = stop_requested() ? E_STOPPED : dns_wait(dns, 1000);

            if (r < 0)
                return problem_set(problem, r, "%s: %s", resolver, error_text(r));
        }
        if (reply->answer.finding != FINDING_FAILED)
            return 0;
    }
    return problem_set(problem, E_RESOLVER, "resolver %s: asked for %s: %s", resolver, name,
                       reply->answer.why);
}

static void random_label(char out[LABEL_LETTERS + 1])
{
    for (unsigned i = 0; i < LABEL_LETTERS; i++)
        out[i] = (char)('a' + randombytes_uniform(26));
    out[LABEL_LETTERS] = '\0';
}

/* Under a top-level domain that exists and, since some redirect only there, one that does not. */
static int check_nxdomain(struct dns *dns, const char *resolver, bool known,
                          struct problem *problem)
{
    char label[LABEL_LETTERS + 1], top[LABEL_LETTERS + 1] = "com";
    char name[2 * sizeof label];
    struct reply reply;
    int r;

    random_label(label);
    if (!known)
        random_label(top);
    snprintf(name, sizeof name, "%s.%s", label, top);
    r = ask(dns, resolver, name, 4, &reply, problem);
    if (r < 0 || reply.answer.finding == FINDING_NXDOMAIN)
        return r;
    return problem_set(problem, E_RESOLVER,
                       "resolver %s: does not say NXDOMAIN to %s, which does not exist: it makes "
                       "answers up",
                       resolver, name);
}

static int check_dns64(struct dns *dns, const char *resolver, struct problem *problem)
{
    struct reply reply;
    int r = ask(dns, resolver, "ipv4only.arpa", 16, &reply, problem);

    if (r < 0 || reply.answer.finding != FINDING_FOUND)
        return r;
    return problem_set(problem, E_RESOLVER,
                       "resolver %s: has an IPv6 address for ipv4only.arpa: it does DNS64 and "
                       "makes addresses up",
                       resolver);
}

static int check_one(const char *resolver, struct problem *problem)
{
    struct dns *dns;
    int r = dns_open(&dns, resolver, true);

    if (r < 0)
        return problem_set(problem, r, "resolver %s: %s", resolver, error_text(r));
    r = check_nxdomain(dns, resolver, true, problem);
    if (r == 0)
        r = check_nxdomain(dns, resolver, false, problem);
    if (r == 0)
        r = check_dns64(dns, resolver, problem);
    dns_close(dns);
    return r;
}

int resolvers_check(const struct resolvers *resolvers, struct problem *problem)
{
    int r = 0;

    for (unsigned i = 0; r == 0 && i < resolvers->count; i++)
        r = check_one(resolvers->text[i], problem);
    return r;
}
