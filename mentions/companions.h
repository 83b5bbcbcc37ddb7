/* Hosts that a program asks because of another that it was told: where a registry of containers or
 * packages signs people in, and has its files. Not those that differ from region to region. */
#ifndef GITDNS_MENTIONS_COMPANIONS_H
#define GITDNS_MENTIONS_COMPANIONS_H

struct companions {
    const char *of;
    const char *names; /* in normal form, with a blank between */
};

/* Those of the name, which is in normal form, or NULL. */
const struct companions *companions_find(const char *name);

#endif
