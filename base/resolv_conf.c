#include "base/resolv_conf.h"
#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#define STUB_FILE "systemd/resolve/stub-resolv.conf"
#define STUB_ADDRESS "127.0.0.53"

static bool is_stub_file(void)
{
    char target[4096];
    ssize_t len = readlink(RESOLV_CONF_PATH, target, sizeof target);
    ssize_t end = (ssize_t)strlen(STUB_FILE);

    return len >= end && memcmp(target + len - end, STUB_FILE, (size_t)end) == 0;
}

static bool names_stub_alone(const struct __res_state *state)
{
    struct in_addr stub;

    inet_pton(AF_INET, STUB_ADDRESS, &stub);
    for (int i = 0; i < state->nscount; i++)
        if (state->nsaddr_list[i].sin_family != AF_INET ||
            state->nsaddr_list[i].sin_addr.s_addr != stub.s_addr)
            return false;
    return state->nscount > 0;
}

bool resolver_read(struct resolver *resolver)
{
    struct __res_state state;

    memset(&state, 0, sizeof state);
    *resolver = (struct resolver){.stub = is_stub_file()};
    if (res_ninit(&state) != 0)
        return false;
    resolver->nameservers = state.nscount;
    resolver->timeout = state.retrans;
    resolver->attempts = state.retry;
    if ((state.options & RES_DNSRCH) != 0)
        while (resolver->searches < MAXDNSRCH && state.dnsrch[resolver->searches] != NULL)
            resolver->searches++;
    resolver->tcp = (state.options & RES_USEVC) != 0;
    resolver->stub = resolver->stub || names_stub_alone(&state);
    res_nclose(&state);
    return true;
}

/* glibc's send_dg: each further nameserver has twice the time of the one before, divided by their
 * number. A name that has a dot is asked for as it stands and, whatever the number of domains to
 * search, once more below the first: silence there ends the search. */
int resolver_wait(const struct resolver *resolver)
{
    int once = 0;

    if (resolver->tcp)
        return -1;
    for (int i = 0; i < resolver->nameservers; i++) {
        int seconds = (resolver->timeout << i) / (i > 0 ? resolver->nameservers : 1);

        once += seconds > 0 ? seconds : 1;
    }
    return once * resolver->attempts * (resolver->searches > 0 ? 2 : 1);
}
