/* Questions to recursive resolvers, many at a time: a thread for each that is under way, which asks
 * as glibc does (stub.h) and is kept for the next one.
 *
 *   dns          many questions at a time
 *   stub         one, as glibc asks it
 *   dns_answer   what the answer says
 *   resolvers    who is asked
 *
 * Publish and survey may enter. It knows base and registry. Nothing in this room prints.
 *
 * Each goes out from a port of its own: with a million questions from one port, whoever sends
 * forged answers would only have to guess 16 bits of each.
 */
#ifndef GITDNS_DNS_DNS_H
#define GITDNS_DNS_DNS_H

#include "dns/dns_answer.h"
#include "dns/resolvers.h"
#include <stdbool.h>
#include <stddef.h>

/* Questions under way; more wait for their turn. */
#define DNS_PARALLEL_MAX 2000

struct dns;

/* `answer` is good until the function returns. */
typedef void dns_done(void *context, const struct answer *answer);

/* `parallel`: questions under way, at most DNS_PARALLEL_MAX. Returns 0 and *dns, or -ENOMEM. */
int dns_open(struct dns **dns, const struct resolvers *resolvers, unsigned parallel);

/* Asks for the name's addresses of 4 (A) or 16 (AAAA) octets, and takes of them, and of canonical
 * names, what is admitted; `done` is called once, by dns_wait, or before this returns if memory is
 * short. */
void dns_ask(struct dns *dns, const char *name, size_t octets, enum admission admission,
             dns_done *done, void *context);

/* Waits up to `milliseconds` for answers and takes them in. A signal does not end it. */
void dns_wait(struct dns *dns, int milliseconds);

/* Forgets the questions that are under way; their functions are not called. */
void dns_forget(struct dns *dns);

/* Frees; questions that are under way are forgotten, their functions not called. NULL is fine. */
void dns_close(struct dns *dns);

#endif
