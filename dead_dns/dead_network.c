#include "dead_dns/dead_network.h"
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOPBACK_INDEX 1 /* in every network */
#define ANSWER_OCTETS 4096

static int set_loopback_up(int fd)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    return ioctl(fd, SIOCSIFFLAGS, &request);
}

/* As `ip route add local default dev lo`. Returns 0, or -1 with errno. */
static int make_all_local(int fd, unsigned char family)
{
    struct {
        struct nlmsghdr header;
        struct rtmsg route;
        struct rtattr attribute;
        unsigned device;
    } request = {
        .header = {.nlmsg_len = sizeof request,
                   .nlmsg_type = RTM_NEWROUTE,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK},
        .route = {.rtm_family = family,
                  .rtm_table = RT_TABLE_LOCAL,
                  .rtm_protocol = RTPROT_STATIC,
                  .rtm_scope = RT_SCOPE_HOST,
                  .rtm_type = RTN_LOCAL},
        .attribute = {.rta_len = RTA_LENGTH(sizeof request.device), .rta_type = RTA_OIF},
        .device = LOOPBACK_INDEX,
    };
    union {
        struct nlmsghdr header;
        char octets[ANSWER_OCTETS];
    } answer;
    const struct nlmsgerr *said = NLMSG_DATA(&answer.header);

    if (write(fd, &request, sizeof request) < 0 || read(fd, &answer, sizeof answer) < 0)
        return -1;
    errno = answer.header.nlmsg_type == NLMSG_ERROR ? -said->error : EPROTO;
    return errno == 0 ? 0 : -1;
}

/* Where the kernel has no IPv6 nobody can ask by it. */
static int make_routes(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), error;

    if (fd < 0)
        return -1;
    error = make_all_local(fd, AF_INET) < 0 ? errno : 0;
    if (error == 0 && make_all_local(fd, AF_INET6) < 0 && errno != EOPNOTSUPP &&
        errno != EAFNOSUPPORT && errno != EACCES && errno != ENODEV)
        error = errno;
    close(fd);
    errno = error;
    return error == 0 ? 0 : -1;
}

int dead_network_enter(uint64_t *cookie, char error[MESSAGE_OCTETS])
{
    socklen_t len = sizeof *cookie;
    int fd = -1, r = -1;

    if (unshare(CLONE_NEWNET) < 0) {
        message_set(error, "network namespaces are not allowed here: unshare: %s", strerror(errno));
        return -1;
    }
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || set_loopback_up(fd) < 0 || make_routes() < 0)
        message_set(error, "a network of its own: %s", strerror(errno));
    else if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len) < 0)
        message_set(error, "this kernel is older than Linux 5.14: SO_NETNS_COOKIE: %s",
                    strerror(errno));
    else
        r = 0;
    if (fd >= 0)
        close(fd);
    return r;
}
