#include "outage/nameservers.h"
#include "base/stamp.h"
#include "registry/name.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t stamp_of(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? file_stamp(&st) : 0;
}

uint64_t nameservers_behind(void)
{
    /* systemd-resolved(8), resolv.conf; NetworkManager.conf(5), rc-manager */
    return stamp_of("/run/systemd/resolve/resolv.conf") * 3 +
           stamp_of("/run/NetworkManager/no-stub-resolv.conf") * 5 + resolv_conf_stamp();
}

int nameservers_read(struct nameservers *nameservers)
{
    const char *search = nameservers->conf.search;
    int r;

    memset(nameservers, 0, sizeof *nameservers);
    nameservers->behind = nameservers_behind();
    r = resolv_conf_read(&nameservers->conf);
    if (r < 0)
        return r;
    if (name_normalise(search, strlen(search), nameservers->search) < 0)
        nameservers->search[0] = '\0';
    return 0;
}

bool nameservers_stay(struct nameservers *nameservers)
{
    struct resolv_conf conf;

    if (resolv_conf_read(&conf) < 0 || !resolv_conf_same(&conf, &nameservers->conf))
        return false;
    nameservers->conf.stamp = conf.stamp;
    return true;
}

bool nameservers_unreachable(const struct nameservers *nameservers)
{
    for (unsigned i = 0; i < nameservers->conf.count; i++) {
        const struct sockaddr *address = &nameservers->conf.server[i].any;
        int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        socklen_t len = address->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                                      : sizeof(struct sockaddr_in6);
        /* Of a datagram socket, connect() looks the route up and no more. */
        bool reachable =
            fd >= 0 && (connect(fd, address, len) == 0 || errno == EACCES || errno == EPERM);
        bool unknown = fd < 0 && errno != EAFNOSUPPORT;

        if (fd >= 0)
            close(fd);
        if (reachable || unknown)
            return false;
    }
    return true;
}
