#include "proof/own.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

static const void *octets_of(const struct sockaddr *address, size_t octets)
{
    if (octets == 4 && address->sa_family == AF_INET)
        return &((const struct sockaddr_in *)address)->sin_addr;
    if (octets == 16 && address->sa_family == AF_INET6)
        return &((const struct sockaddr_in6 *)address)->sin6_addr;
    return NULL;
}

bool own_has(const struct ifaddrs *list, const struct proof_item *item)
{
    for (; list != NULL; list = list->ifa_next) {
        const void *octets =
            list->ifa_addr != NULL ? octets_of(list->ifa_addr, item->octets) : NULL;

        if (octets != NULL && memcmp(octets, item->address, item->octets) == 0)
            return true;
    }
    return false;
}

/* udp(7): connecting looks for the route, and sends nothing. */
bool own_route_exists(const struct proof_item *item)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(443)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
    int fd = socket(item->octets == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), r;

    if (fd < 0)
        return errno != EAFNOSUPPORT;
    if (item->octets == 4) {
        memcpy(&in.sin_addr, item->address, 4);
        r = connect(fd, (const struct sockaddr *)&in, sizeof in);
    } else {
        memcpy(&in6.sin6_addr, item->address, 16);
        r = connect(fd, (const struct sockaddr *)&in6, sizeof in6);
    }
    close(fd);
    return r == 0;
}
