#include "dns/stub.h"
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* glibc 2.36's. */
#ifndef RES_NOAAAA
#define RES_NOAAAA 0
#endif

struct stub {
    struct __res_state state;
    unsigned char message[NS_MAXMSG];
};

/* The state is made by hand, as that of a caller that changed all of it is: res_ninit would read
 * resolv.conf once a thread, at a time of its own. glibc keeps copies of the addresses beside
 * nsaddr_list, those of IPv6 there alone (resolv/res_send.c, resolv/bits/types/res_state.h). */
static bool add_server(struct __res_state *state, const union resolv_conf_server *server)
{
    int i = state->nscount;
    struct sockaddr_in6 *copy = calloc(1, sizeof *copy);

    if (copy == NULL)
        return false;
    if (server->any.sa_family == AF_INET) {
        memcpy(copy, &server->in, sizeof server->in);
        state->nsaddr_list[i] = server->in;
    } else {
        *copy = server->in6;
    }
    state->_u._ext.nsaddrs[i] = copy;
    state->_u._ext.nssocks[i] = -1;
    state->nscount = i + 1;
    state->_u._ext.nscount = (uint16_t)state->nscount;
    return true;
}

struct stub *stub_open(const struct resolvers *resolvers, unsigned first)
{
    struct stub *stub = malloc(sizeof *stub);
    struct __res_state *state;

    if (stub == NULL)
        return NULL;
    state = &stub->state;
    memset(state, 0, sizeof *state);
    state->options = RES_INIT | resolvers->options;
    state->retrans = resolvers->timeout;
    state->retry = resolvers->attempts;
    state->ndots = 1;
    state->_vcsock = -1;
    for (unsigned i = 0; i < resolvers->count && i < MAXNS; i++)
        if (!add_server(state, &resolvers->server[(first + i) % resolvers->count].address)) {
            stub_close(stub);
            return NULL;
        }
    return stub;
}

void stub_close(struct stub *stub)
{
    if (stub == NULL)
        return;
    res_nclose(&stub->state);
    free(stub);
}

/* Its owner is in read(2), or glibc closes the socket in this very moment: then the worst is that
 * another question is lost, and asked again. */
void stub_give_up(const struct stub *stub)
{
    if (stub->state._vcsock >= 0)
        shutdown(stub->state._vcsock, SHUT_RDWR);
}

/* What the last resolver said, whose answer the message still is. */
static const char *why(const unsigned char *message)
{
    switch (message[3] & 0x0f) {
    case ns_r_formerr:
        return "FORMERR";
    case ns_r_servfail:
        return "SERVFAIL";
    case ns_r_notimpl:
        return "NOTIMP";
    case ns_r_refused:
        return "REFUSED";
    default:
        return "an answer of no use";
    }
}

static bool is_answer(const unsigned char *message)
{
    return (message[2] & 0x80) != 0;
}

void stub_ask(struct stub *stub, const char *name, size_t octets, enum admission admission,
              struct answer *answer)
{
    struct __res_state *state = &stub->state;
    int len;

    *answer = (struct answer){.octets = (uint8_t)octets};
    if (octets == 16 && (state->options & RES_NOAAAA) != 0) {
        answer->finding = FINDING_NODATA;
        return;
    }
    memset(stub->message, 0, NS_HFIXEDSZ);
    len = res_nquery(state, name, ns_c_in, octets == 4 ? ns_t_a : ns_t_aaaa, stub->message,
                     sizeof stub->message);
    if (len > (int)sizeof stub->message)
        len = sizeof stub->message;
    if (len > 0) {
        dns_answer_read(answer, stub->message, (size_t)len, name, octets, admission);
    } else if (state->res_h_errno == HOST_NOT_FOUND) {
        answer->finding = FINDING_NXDOMAIN;
    } else if (state->res_h_errno == NO_DATA) {
        answer->finding = FINDING_NODATA;
    } else {
        answer->silent = !is_answer(stub->message);
        answer->why = answer->silent ? "no answer" : why(stub->message);
    }
}
