/* A command as if DNS were dead, and what it asked.
 *
 *   rehearsal        runs the command, attends to it, and ends all that it has started
 *   processes        the namespaces, the init in them, the command
 *   diversion        sockets by which it would ask DNS, or somebody else who does, led astray
 *   stopped_call     the system calls that are stopped for that, and what they say
 *   dead_network     where they end: a network of its own, in which every address is this machine's
 *   dead_nameserver  what stands at port 53 there, and the questions that come
 *   question         one of these, in its message
 *   asked            who has asked for what, and how long each waited
 *
 * May enter: cli, by rehearsal.h and asked.h. It knows base, registry, and where reports go. It
 * needs no privilege and writes no file; what it makes ends with the process that made it, however
 * that ends.
 */
#ifndef GITDNS_DEAD_DNS_DEAD_DNS_H
#define GITDNS_DEAD_DNS_DEAD_DNS_H

/* How DNS is dead. */
enum dead_dns {
    DEAD_REFUSED,  /* nothing listens at any nameserver's port */
    DEAD_SILENT,   /* what is asked there is never answered */
    DEAD_SERVFAIL, /* each question is answered so */
};

#define DNS_PORT 53
#define DNS_TLS_PORT 853

#endif
