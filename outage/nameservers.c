#include "outage/nameservers.h"
#include "base/stamp.h"
#include "copy/store_read.h"
#include "registry/name.h"
#include <arpa/inet.h>
#include <errno.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(NAMESERVERS_MAX == MAXNS, "glibc's own number");

static uint64_t stamp_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? file_stamp(&st) : 0;
}

uint64_t nameservers_stamp(void)
{
    return stamp_of(_PATH_RESCONF);
}

uint64_t nameservers_behind(void)
{
    /* systemd-resolved(8), resolv.conf; NetworkManager.conf(5), rc-manager */
    return stamp_of("/run/systemd/resolve/resolv.conf") * 3 +
           stamp_of("/run/NetworkManager/no-stub-resolv.conf");
}

static void add(struct nameservers *nameservers, const struct sockaddr *address)
{
    char text[INET6_ADDRSTRLEN];
    const struct sockaddr_in *in = (const void *)address;
    const struct sockaddr_in6 *in6 = (const void *)address;
    unsigned i = nameservers->count;

    if (address->sa_family == AF_INET) {
        nameservers->server[i].address.in = *in;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
        snprintf(nameservers->server[i].text, NAMESERVER_OCTETS, "%s:%u", text,
                 ntohs(in->sin_port));
    } else if (address->sa_family == AF_INET6) {
        nameservers->server[i].address.in6 = *in6;
        inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
        snprintf(nameservers->server[i].text, NAMESERVER_OCTETS, "[%s]:%u", text,
                 ntohs(in6->sin6_port));
    } else {
        return;
    }
    nameservers->count++;
}

int nameservers_read(struct nameservers *nameservers)
{
    struct __res_state state;
    struct stat st;

    memset(nameservers, 0, sizeof(*nameservers));
    nameservers->stamp = nameservers_stamp();
    nameservers->behind = nameservers_behind();
    /* Who opens it waits until somebody writes to it. */
    if (stat(_PATH_RESCONF, &st) == 0 && S_ISFIFO(st.st_mode))
        return -EINVAL;
    memset(&state, 0, sizeof(state));
    if (res_ninit(&state) < 0)
        return errno != 0 ? -errno : -EIO;
    nameservers->tcp = (state.options & RES_USEVC) != 0;
    if (state.dnsrch[0] != NULL &&
        name_normalise(state.dnsrch[0], strnlen(state.dnsrch[0], NAME_MAX_OCTETS + 2),
                       nameservers->search) < 0)
        nameservers->search[0] = '\0';
    /* What is no IPv4 address stands beside the list (resolv/bits/types/res_state.h). */
    for (int i = 0; i < state.nscount && i < NAMESERVERS_MAX; i++) {
        const void *address = &state.nsaddr_list[i];
        if (state.nsaddr_list[i].sin_family == 0 && state._u._ext.nsaddrs[i] != NULL)
            address = state._u._ext.nsaddrs[i];
        add(nameservers, address);
    }
    res_nclose(&state);
    return 0;
}

bool nameservers_unreachable(const struct nameservers *nameservers)
{
    for (unsigned i = 0; i < nameservers->count; i++) {
        const struct sockaddr *address = &nameservers->server[i].address.any;
        int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        socklen_t len = address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                                      : sizeof(struct sockaddr_in6);
        /* Of a datagram socket, connect() looks the route up and no more. */
        bool reachable = fd >= 0 && connect(fd, address, len) == 0;
        bool unknown = fd < 0 && errno != EAFNOSUPPORT;
        if (fd >= 0)
            close(fd);
        if (reachable || unknown)
            return false;
    }
    return true;
}
