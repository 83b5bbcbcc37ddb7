/* The NSS module: `gitdns` in the hosts line of nsswitch.conf.
 *
 *   entry        the four functions that glibc calls, over one implementation
 *   answer       a record as glibc wants it, in the caller's buffer
 *   verdict      what the module says: outcome -> status, errno, h_errno
 *   cache        the store, mapped once for all threads, replaced when the file is
 *   place        whether DNS is asked before us, from the hosts line
 *   hosts_line   the grammar of that line
 *
 * It runs in every process that asks for a name, so: no abort, log, environment, network, write,
 * allocation or lock; nothing that a fork, a cancelled thread or a longjmp at any moment can
 * leave in a state that harms. A steady look-up makes no system call; once a second one thread pays
 * for two stat calls.
 */
#ifndef NSS_GITDNS_H
#define NSS_GITDNS_H

#include <netdb.h>
#include <nss.h>
#include <stddef.h>
#include <stdint.h>

enum outcome {
    OUTCOME_HIT,
    OUTCOME_TOO_SMALL, /* the caller's buffer */
    OUTCOME_PASS,      /* all else */
};

/* As if this module were not in the line, whatever stood before it; for a hit, success.
 * On glibc 2.36 and 2.41 any other verdict of a last service changes what the application sees. */
enum nss_status verdict(enum outcome outcome, int *errnop, int *h_errnop);

/* glibc's own prototypes of what a hosts service may export (nss/nss.h has only the types). */
enum nss_status _nss_gitdns_gethostbyname_r(const char *name, struct hostent *result, char *buffer,
                                            size_t buflen, int *errnop, int *h_errnop);
enum nss_status _nss_gitdns_gethostbyname2_r(const char *name, int af, struct hostent *result,
                                             char *buffer, size_t buflen, int *errnop,
                                             int *h_errnop);
enum nss_status _nss_gitdns_gethostbyname3_r(const char *name, int af, struct hostent *result,
                                             char *buffer, size_t buflen, int *errnop,
                                             int *h_errnop, int32_t *ttlp, char **canonp);
enum nss_status _nss_gitdns_gethostbyname4_r(const char *name, struct gaih_addrtuple **pat,
                                             char *buffer, size_t buflen, int *errnop,
                                             int *h_errnop, int32_t *ttlp);

#endif
