/* The module's entry points called directly, as glibc calls them. */
#ifndef GITDNS_TESTS_ENTRY_H
#define GITDNS_TESTS_ENTRY_H

#include <netdb.h>
#include <nss.h>
#include <stdint.h>

/* glibc's prototypes of a hosts service. */
struct entry {
    void *handle;
    enum nss_status (*gethostbyname)(const char *, struct hostent *, char *, size_t, int *, int *);
    enum nss_status (*gethostbyname2)(const char *, int, struct hostent *, char *, size_t, int *,
                                      int *);
    enum nss_status (*gethostbyname3)(const char *, int, struct hostent *, char *, size_t, int *,
                                      int *, int32_t *, char **);
    enum nss_status (*gethostbyname4)(const char *, struct gaih_addrtuple **, char *, size_t, int *,
                                      int *, int32_t *);
};

/* Opens the shared object that the environment's NSS_MODULE names, of the service NSS_SERVICE (if
 * not set, gitdns); ends the program if it cannot. */
void entry_open(struct entry *entry);

/* The IPv4 address of `name` as a number in host order, asked as after a DNS failure; 0: no hit. */
uint32_t entry_look_up(const struct entry *entry, const char *name);

/* How many lines of /proc/self/maps hold `text`, and how many descriptors are open. */
unsigned mappings_of(const char *text);
unsigned open_descriptors(void);

#endif
