#include "base/resolv_conf.h"
#include "base/stamp.h"
#include <arpa/inet.h>
#include <errno.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STUB_FILE "systemd/resolve/stub-resolv.conf"
#define STUB_ADDRESS "127.0.0.53"

_Static_assert(RESOLV_CONF_SERVERS_MAX == MAXNS, "glibc's own number");

uint64_t resolv_conf_stamp(void)
{
    struct stat st;

    return stat(RESOLV_CONF_PATH, &st) == 0 ? file_stamp(&st) : 0;
}

static bool is_fifo(void)
{
    struct stat st;

    return stat(RESOLV_CONF_PATH, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool is_stub_file(void)
{
    char target[4096];
    ssize_t len = readlink(RESOLV_CONF_PATH, target, sizeof target);
    ssize_t end = (ssize_t)strlen(STUB_FILE);

    return len >= end && memcmp(target + len - end, STUB_FILE, (size_t)end) == 0;
}

static bool names_stub_alone(const struct resolv_conf *conf)
{
    struct in_addr stub;

    inet_pton(AF_INET, STUB_ADDRESS, &stub);
    for (unsigned i = 0; i < conf->count; i++)
        if (conf->server[i].any.sa_family != AF_INET ||
            conf->server[i].in.sin_addr.s_addr != stub.s_addr)
            return false;
    return conf->count > 0;
}

/* What is no IPv4 address stands beside the list (resolv/bits/types/res_state.h). */
static void take_servers(struct resolv_conf *conf, const struct __res_state *state)
{
    for (int i = 0; i < state->nscount && i < RESOLV_CONF_SERVERS_MAX; i++) {
        union resolv_conf_server *server = &conf->server[conf->count];

        if (state->nsaddr_list[i].sin_family == AF_INET)
            server->in = state->nsaddr_list[i];
        else if (state->nsaddr_list[i].sin_family == 0 && state->_u._ext.nsaddrs[i] != NULL)
            server->in6 = *state->_u._ext.nsaddrs[i];
        else
            continue;
        conf->count++;
    }
}

static void take_searches(struct resolv_conf *conf, const struct __res_state *state)
{
    if (state->dnsrch[0] != NULL)
        snprintf(conf->search, sizeof conf->search, "%s", state->dnsrch[0]);
    if ((state->options & RES_DNSRCH) != 0)
        while (conf->searches < MAXDNSRCH && state->dnsrch[conf->searches] != NULL)
            conf->searches++;
}

int resolv_conf_read(struct resolv_conf *conf)
{
    struct __res_state state;

    *conf = (struct resolv_conf){.stamp = resolv_conf_stamp()};
    if (is_fifo())
        return -EINVAL;
    memset(&state, 0, sizeof state);
    errno = 0;
    if (res_ninit(&state) < 0)
        return errno != 0 ? -errno : -EIO;
    conf->options = state.options;
    conf->tcp = (state.options & RES_USEVC) != 0;
    conf->timeout = state.retrans;
    conf->attempts = state.retry;
    take_servers(conf, &state);
    take_searches(conf, &state);
    conf->stub = is_stub_file() || names_stub_alone(conf);
    res_nclose(&state);
    return 0;
}

static bool same_server(const union resolv_conf_server *a, const union resolv_conf_server *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    if (a->any.sa_family == AF_INET)
        return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr && a->in.sin_port == b->in.sin_port;
    return IN6_ARE_ADDR_EQUAL(&a->in6.sin6_addr, &b->in6.sin6_addr) &&
           a->in6.sin6_scope_id == b->in6.sin6_scope_id && a->in6.sin6_port == b->in6.sin6_port;
}

bool resolv_conf_same(const struct resolv_conf *a, const struct resolv_conf *b)
{
    if (a->count != b->count || a->stub != b->stub || a->options != b->options ||
        a->timeout != b->timeout || a->attempts != b->attempts || a->searches != b->searches ||
        strcmp(a->search, b->search) != 0)
        return false;
    for (unsigned i = 0; i < a->count; i++)
        if (!same_server(&a->server[i], &b->server[i]))
            return false;
    return true;
}
