#include "dead_dns/dead_nameserver.h"
#include "base/clock.h"
#include "dead_dns/question.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <unistd.h>

#define PACKET_OCTETS (sizeof(struct ip6_hdr) + sizeof(struct tcphdr) + 40 + QUESTION_OCTETS_MAX)
#define PACKETS_AT_ONCE 128 /* then others have their turn, however fast more of them come */
#define TCP_LENGTH_OCTETS 2 /* in front of each message (RFC 1035 section 4.2.2) */

static const sa_family_t families[DEAD_FAMILIES] = {AF_INET, AF_INET6};

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* Bound to the port at every address of the family; -1: not, and errno. */
static int bound(sa_family_t family, int type, uint16_t port)
{
    union address address = {.any.sa_family = family};
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1, r = 0;

    if (fd < 0)
        return -1;
    if (family == AF_INET6) {
        address.in6.sin6_port = htons(port);
        r = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) |
            setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof yes) |
            /* to answer from an address that is local by its route alone */
            setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &yes, sizeof yes);
    } else {
        address.in.sin_port = htons(port);
        r = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes);
    }
    if (r == 0 && bind(fd, &address.any, sizeof address) == 0 &&
        (type == SOCK_DGRAM || listen(fd, SOMAXCONN) == 0))
        return fd;
    close(fd);
    return -1;
}

static int open_family(struct dead_nameserver *server, unsigned i)
{
    server->udp[i] = bound(families[i], SOCK_DGRAM, DNS_PORT);
    if (server->udp[i] < 0)
        return -1;
    server->tcp[2 * i] = bound(families[i], SOCK_STREAM, DNS_PORT);
    if (server->tcp[2 * i] < 0)
        return -1;
    /* Over TLS there is nothing that one could say. */
    if (server->mode == DEAD_SILENT)
        server->tcp[2 * i + 1] = bound(families[i], SOCK_STREAM, DNS_TLS_PORT);
    return server->mode == DEAD_SILENT && server->tcp[2 * i + 1] < 0 ? -1 : 0;
}

int dead_nameserver_open(struct dead_nameserver *server, enum dead_dns mode,
                         char error[MESSAGE_OCTETS])
{
    int r = 0;

    memset(server, -1, sizeof *server);
    server->mode = mode;
    server->callers = 0;
    server->passing =
        socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL));
    if (server->passing < 0)
        r = -1;
    for (unsigned i = 0; r == 0 && mode != DEAD_REFUSED && i < DEAD_FAMILIES; i++) {
        r = open_family(server, i);
        /* A kernel without IPv6: nobody asks by it. */
        if (r < 0 && families[i] == AF_INET6 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
            r = 0;
    }
    if (r < 0)
        message_set(error, "a nameserver of its own: %s", strerror(errno));
    return r;
}

static void close_all(const int *fd, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fd[i] >= 0)
            close(fd[i]);
}

void dead_nameserver_close(struct dead_nameserver *server)
{
    close_all(&server->passing, 1);
    close_all(server->udp, DEAD_FAMILIES);
    close_all(server->tcp, 2 * DEAD_FAMILIES);
    close_all(server->caller, DEAD_CALLERS_MAX);
}

/* Silent: what comes is left where it is, and not waited for again and again. */
void dead_nameserver_polls(const struct dead_nameserver *server, struct pollfd *polls)
{
    bool answers = server->mode == DEAD_SERVFAIL;
    unsigned n = 0;

    polls[n++] = (struct pollfd){.fd = server->passing, .events = POLLIN};
    for (unsigned i = 0; i < DEAD_FAMILIES; i++)
        polls[n++] = (struct pollfd){.fd = answers ? server->udp[i] : -1, .events = POLLIN};
    for (unsigned i = 0; i < DEAD_FAMILIES; i++)
        polls[n++] = (struct pollfd){.fd = answers ? server->tcp[2 * i] : -1, .events = POLLIN};
    for (unsigned i = 0; i < DEAD_CALLERS_MAX; i++)
        polls[n++] = (struct pollfd){.fd = server->caller[i], .events = POLLIN};
}

/* Where the packet's transport begins, of an IP packet; 0: it is none. */
static size_t transport_at(const unsigned char *packet, size_t len, uint8_t *protocol)
{
    struct ip ip;
    struct ip6_hdr ip6;

    if (len >= sizeof ip6 && packet[0] >> 4 == 6) {
        memcpy(&ip6, packet, sizeof ip6);
        *protocol = ip6.ip6_nxt;
        return sizeof ip6;
    }
    if (len < sizeof ip || packet[0] >> 4 != 4)
        return 0;
    memcpy(&ip, packet, sizeof ip);
    *protocol = ip.ip_p;
    return (size_t)ip.ip_hl * 4;
}

/* The DNS message in a packet to port 53, and from which port it comes; NULL: there is none. */
static const unsigned char *message_in(const unsigned char *packet, size_t len, uint16_t *port,
                                       size_t *octets)
{
    uint8_t protocol = 0;
    size_t at = transport_at(packet, len, &protocol);
    struct udphdr udp;
    struct tcphdr tcp;

    if (at == 0 || at + sizeof udp > len)
        return NULL;
    memcpy(&udp, packet + at, sizeof udp); /* the ports of TCP stand there, too */
    *port = ntohs(udp.uh_sport);
    if (ntohs(udp.uh_dport) != DNS_PORT)
        return NULL;
    if (protocol == IPPROTO_UDP) {
        at += sizeof udp;
    } else if (protocol == IPPROTO_TCP && at + sizeof tcp <= len) {
        memcpy(&tcp, packet + at, sizeof tcp);
        at += (size_t)tcp.th_off * 4 + TCP_LENGTH_OCTETS;
    } else {
        return NULL;
    }
    if (at >= len)
        return NULL;
    *octets = len - at;
    return packet + at;
}

void dead_nameserver_listen(struct dead_nameserver *server, struct asked *asked)
{
    unsigned char packet[PACKET_OCTETS];
    struct sockaddr_ll from;
    socklen_t from_len = sizeof from;

    for (int i = 0; i < PACKETS_AT_ONCE; i++) {
        ssize_t len = recvfrom(server->passing, packet, sizeof packet, 0, (struct sockaddr *)&from,
                               &from_len);
        const unsigned char *message;
        struct question question;
        uint16_t port;
        size_t octets;

        if (len < 0)
            return;
        message = message_in(packet, (size_t)len, &port, &octets);
        /* Each comes twice: as it goes out, and as it comes in. */
        if (from.sll_pkttype == PACKET_OUTGOING && message != NULL &&
            question_read(message, octets, &question))
            asked_question(asked, port, question.name, question.type, clock_ms(CLOCK_MONOTONIC));
        from_len = sizeof from;
    }
}

/* From the address that was asked. */
static void answer_udp(int fd)
{
    unsigned char text[QUESTION_OCTETS_MAX];
    union {
        char octets[CMSG_SPACE(sizeof(struct in6_pktinfo))];
        struct cmsghdr align;
    } control;
    union address from;
    struct iovec part = {text, sizeof text};
    struct msghdr message = {.msg_name = &from,
                             .msg_namelen = sizeof from,
                             .msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof control};
    struct question question;
    ssize_t len = recvmsg(fd, &message, 0);

    if (len < 0 || !question_read(text, (size_t)len, &question))
        return;
    part.iov_len = question_fail(text, &question);
    sendmsg(fd, &message, MSG_NOSIGNAL);
}

/* A caller asks in one segment, as all do; another question is another call of this. Returns
 * whether he is still there. */
static bool answer_tcp(int fd)
{
    unsigned char text[TCP_LENGTH_OCTETS + QUESTION_OCTETS_MAX];
    struct question question;
    ssize_t len = recv(fd, text, sizeof text, 0);
    size_t octets;

    if (len < TCP_LENGTH_OCTETS ||
        !question_read(text + TCP_LENGTH_OCTETS, (size_t)len - TCP_LENGTH_OCTETS, &question))
        return false;
    octets = question_fail(text + TCP_LENGTH_OCTETS, &question);
    text[0] = (unsigned char)(octets >> 8);
    text[1] = (unsigned char)octets;
    octets += TCP_LENGTH_OCTETS;
    return send(fd, text, octets, MSG_NOSIGNAL) == (ssize_t)octets;
}

static void hang_up(int *caller)
{
    close_all(caller, 1);
    *caller = -1;
}

/* In place of who has been there the longest. */
static void take_caller(struct dead_nameserver *server, int fd)
{
    int *caller = &server->caller[server->callers++ % DEAD_CALLERS_MAX];

    hang_up(caller);
    *caller = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

void dead_nameserver_answer(struct dead_nameserver *server, const struct pollfd *polls)
{
    const struct pollfd *udp = polls + 1, *tcp = udp + DEAD_FAMILIES, *caller = tcp + DEAD_FAMILIES;

    for (unsigned i = 0; i < DEAD_CALLERS_MAX; i++)
        if (caller[i].revents != 0 && !answer_tcp(server->caller[i]))
            hang_up(&server->caller[i]);
    for (unsigned i = 0; i < DEAD_FAMILIES; i++) {
        if (udp[i].revents != 0)
            answer_udp(server->udp[i]);
        if (tcp[i].revents != 0)
            take_caller(server, server->tcp[2 * i]);
    }
}
