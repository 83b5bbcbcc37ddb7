#include "dns/resolvers.h"
#include "base/error.h"
#include "registry/address.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT 53

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

/* A link of this machine, by name or number; 0 if it is none. */
static unsigned parse_link(const char *text, size_t len)
{
    char name[IF_NAMESIZE];
    unsigned link;

    if (len == 0 || len >= sizeof name)
        return 0;
    memcpy(name, text, len);
    name[len] = '\0';
    link = if_nametoindex(name);
    if (link == 0 && strspn(name, "0123456789") == len)
        link = (unsigned)strtoul(name, NULL, 10);
    return link;
}

/* The address in `len` octets of text, with its link if there is one. Returns 0 or -EINVAL. */
static int parse_address(const char *text, size_t len, union resolv_conf_server *server)
{
    const char *percent = memchr(text, '%', len);
    size_t address_len = percent != NULL ? (size_t)(percent - text) : len;
    unsigned char octets[ADDRESS_MAX_OCTETS];
    int n = address_parse(text, address_len, octets);

    if (n < 0)
        return -EINVAL;
    memset(server, 0, sizeof *server);
    if (n == 4) {
        server->in.sin_family = AF_INET;
        memcpy(&server->in.sin_addr, octets, 4);
        return percent != NULL ? -EINVAL : 0;
    }
    server->in6.sin6_family = AF_INET6;
    memcpy(&server->in6.sin6_addr, octets, 16);
    if (percent == NULL)
        return 0;
    server->in6.sin6_scope_id = parse_link(percent + 1, len - address_len - 1);
    return server->in6.sin6_scope_id != 0 && IN6_IS_ADDR_LINKLOCAL(&server->in6.sin6_addr)
               ? 0
               : -EINVAL;
}

/* Adds it, with a text of our own. */
static void add(struct resolvers *resolvers, const union resolv_conf_server *server)
{
    struct resolver *resolver = &resolvers->server[resolvers->count++];
    char plain[INET6_ADDRSTRLEN], link[IF_NAMESIZE + 1] = "";

    resolver->address = *server;
    if (server->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &server->in.sin_addr, plain, sizeof plain);
        snprintf(resolver->text, RESOLVER_TEXT, "%s:%u", plain, ntohs(server->in.sin_port));
        return;
    }
    inet_ntop(AF_INET6, &server->in6.sin6_addr, plain, sizeof plain);
    if (server->in6.sin6_scope_id != 0) {
        link[0] = '%';
        if (if_indextoname(server->in6.sin6_scope_id, link + 1) == NULL)
            snprintf(link + 1, IF_NAMESIZE, "%u", server->in6.sin6_scope_id);
    }
    snprintf(resolver->text, RESOLVER_TEXT, "[%s%s]:%u", plain, link, ntohs(server->in6.sin6_port));
}

int resolvers_add(struct resolvers *resolvers, const char *text)
{
    const char *address = text, *end = text + strlen(text), *colon = NULL;
    union resolv_conf_server server;
    unsigned port = PORT;

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
    if (port == 0 || parse_address(address, (size_t)(end - address), &server) < 0 ||
        (text[0] == '[' && server.any.sa_family == AF_INET))
        return -EINVAL;
    if (resolvers->count == RESOLVERS_MAX)
        return -ENOSPC;
    /* In one place for both families. */
    server.in.sin_port = htons((uint16_t)port);
    add(resolvers, &server);
    resolvers->given = true;
    return 0;
}

int resolvers_default(struct resolvers *resolvers, char why[MESSAGE_OCTETS])
{
    struct resolv_conf conf;
    int r;

    resolvers->options = RES_DEFAULT;
    resolvers->timeout = RES_TIMEOUT;
    resolvers->attempts = RES_DFLRETRY;
    if (resolvers->given)
        return 0;
    r = resolv_conf_read(&conf);
    if (r < 0) {
        message_set(why, RESOLV_CONF_PATH ": %s",
                    r == -EINVAL ? "not a file that can be read" : error_text(r));
        return r;
    }
    resolvers->options = conf.options;
    resolvers->timeout = conf.timeout;
    resolvers->attempts = conf.attempts;
    for (unsigned i = 0; i < conf.count; i++)
        add(resolvers, &conf.server[i]);
    if (resolvers->count > 0)
        return 0;
    message_set(why, RESOLV_CONF_PATH ": names no resolver");
    return -ENODATA;
}

static bool is_same(const union resolv_conf_server *server, const struct sockaddr *own)
{
    if (own == NULL || own->sa_family != server->any.sa_family)
        return false;
    if (own->sa_family == AF_INET)
        return memcmp(&((const struct sockaddr_in *)own)->sin_addr, &server->in.sin_addr,
                      sizeof server->in.sin_addr) == 0;
    return own->sa_family == AF_INET6 &&
           memcmp(&((const struct sockaddr_in6 *)own)->sin6_addr, &server->in6.sin6_addr,
                  sizeof server->in6.sin6_addr) == 0;
}

static bool is_here(const union resolv_conf_server *server, const struct ifaddrs *own)
{
    bool here = server->any.sa_family == AF_INET
                    ? ntohl(server->in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET
                    : IN6_IS_ADDR_LOOPBACK(&server->in6.sin6_addr);

    for (; !here && own != NULL; own = own->ifa_next)
        here = is_same(server, own->ifa_addr);
    return here;
}

bool resolvers_are_here(const struct resolvers *resolvers)
{
    struct ifaddrs *own = NULL;
    bool here = true;

    if (getifaddrs(&own) < 0)
        own = NULL;
    for (unsigned i = 0; i < resolvers->count; i++)
        here = here && is_here(&resolvers->server[i].address, own);
    freeifaddrs(own);
    return here;
}

void resolvers_join(const struct resolvers *resolvers, char out[RESOLVERS_TEXT])
{
    size_t len = 0;

    for (unsigned i = 0; i < resolvers->count; i++)
        len += (size_t)snprintf(out + len, RESOLVERS_TEXT - len, "%s%s", i > 0 ? "," : "",
                                resolvers->server[i].text);
}
