/* Questions as glibc asks them, with glibc's own stub resolver: what it gets from a resolver is
 * what every program gets. It waits for the answer, so each thread has one of its own.
 */
#ifndef GITDNS_DNS_STUB_H
#define GITDNS_DNS_STUB_H

#include "dns/dns_answer.h"
#include "dns/resolvers.h"

struct stub;

/* One that asks as many of the resolvers as glibc takes, from the one with the number `first` on.
 * NULL: out of memory. */
struct stub *stub_open(const struct resolvers *resolvers, unsigned first);

/* Asks for the normalised name's addresses of 4 (A) or 16 (AAAA) octets, and waits until there is
 * an answer or the time for all attempts is over. `admission` as dns_answer_read has it. */
void stub_ask(struct stub *stub, const char *name, size_t octets, enum admission admission,
              struct answer *answer);

/* From another thread: whatever it waits for over TCP is over. There glibc knows no time-out, and
 * waits for ever for a server that took the question and says nothing. */
void stub_give_up(const struct stub *stub);

/* Frees; NULL is fine. */
void stub_close(struct stub *stub);

#endif
