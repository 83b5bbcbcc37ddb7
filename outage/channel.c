#include "outage/channel.h"
#include <arpa/nameser.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void channel_open(struct channel *channel, const union resolv_conf_server *server)
{
    *channel = (struct channel){.server = server, .udp = -1, .tcp = -1};
}

void channel_close_tcp(struct channel *channel)
{
    if (channel->tcp >= 0)
        close(channel->tcp);
    channel->tcp = -1;
}

void channel_close(struct channel *channel)
{
    channel_close_tcp(channel);
    if (channel->udp >= 0)
        close(channel->udp);
    channel->udp = -1;
}

/* Returns the socket or -errno. */
static int connect_to(const union resolv_conf_server *server, int type)
{
    int family = server->any.sa_family, yes = 1;
    socklen_t len = family == AF_INET ? sizeof server->in : sizeof server->in6;
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return -errno;
    /* Else an unconnected port is all that the kernel tells of (__res_enable_icmp). */
    if (family == AF_INET)
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
    else
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes);
    if (connect(fd, &server->any, len) < 0 && errno != EINPROGRESS) {
        int error = errno;

        close(fd);
        return -error;
    }
    return fd;
}

int channel_send_udp(struct channel *channel, const uint8_t *query, size_t len)
{
    if (channel->udp < 0) {
        int fd = connect_to(channel->server, SOCK_DGRAM);

        if (fd < 0)
            return fd;
        channel->udp = fd;
    }
    return send(channel->udp, query, len, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int channel_send_tcp(struct channel *channel, const uint8_t *query, size_t len)
{
    int fd;

    channel_close_tcp(channel);
    fd = connect_to(channel->server, SOCK_STREAM);
    if (fd < 0)
        return fd;
    channel->tcp = fd;
    channel->tcp_octets[0] = (uint8_t)(len >> 8);
    channel->tcp_octets[1] = (uint8_t)len;
    memcpy(channel->tcp_octets + 2, query, len);
    channel->at = 0;
    channel->len = len + 2;
    channel->reads = false;
    return 0;
}

int channel_read_udp(struct channel *channel, uint8_t reply[DNS_MESSAGE_OCTETS])
{
    ssize_t got = recv(channel->udp, reply, DNS_MESSAGE_OCTETS, MSG_DONTWAIT);

    if (got < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    return (int)got;
}

static int go_on_sending(struct channel *channel)
{
    ssize_t sent = send(channel->tcp, channel->tcp_octets + channel->at, channel->len - channel->at,
                        MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0)
        return errno == EINTR ? -EAGAIN : -errno;
    channel->at += (size_t)sent;
    if (channel->at < channel->len)
        return -EAGAIN;
    channel->reads = true;
    channel->at = channel->len = 0;
    return 0;
}

/* What is beyond its beginning is read and left. */
static int go_on_reading(struct channel *channel)
{
    uint8_t rest[DNS_MESSAGE_OCTETS];
    bool keeps = channel->at < sizeof channel->tcp_octets;
    size_t wanted = channel->len > 0 ? channel->len - channel->at : 2 - channel->at;
    size_t room = keeps ? sizeof channel->tcp_octets - channel->at : sizeof rest;
    ssize_t got = recv(channel->tcp, keeps ? channel->tcp_octets + channel->at : rest,
                       wanted < room ? wanted : room, MSG_DONTWAIT);

    if (got <= 0)
        return got == 0 ? -EPIPE : errno == EINTR ? -EAGAIN : -errno;
    channel->at += (size_t)got;
    if (channel->len == 0 && channel->at == 2)
        channel->len = 2 + (size_t)(channel->tcp_octets[0] << 8 | channel->tcp_octets[1]);
    return 0;
}

int channel_read_tcp(struct channel *channel, uint8_t reply[DNS_MESSAGE_OCTETS])
{
    int r = channel->reads ? 0 : go_on_sending(channel);
    size_t len;

    while (r == 0 && (channel->len == 0 || channel->at < channel->len))
        r = go_on_reading(channel);
    if (r < 0)
        return r;
    len = channel->len - 2 < DNS_MESSAGE_OCTETS ? channel->len - 2 : DNS_MESSAGE_OCTETS;
    memcpy(reply, channel->tcp_octets + 2, len);
    channel->at = channel->len = 0;
    return (int)len;
}
