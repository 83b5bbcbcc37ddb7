/* Where the octets of one transfer go, and what ends it while they come: too many, a status that is
 * no success, the stop descriptor. */
#ifndef GITDNS_FETCH_SINK_H
#define GITDNS_FETCH_SINK_H

#include "fetch/fetch.h"
#include <curl/curl.h>

struct sink {
    CURL *easy;
    char *out; /* NULL: they go to `put`, or to fd */
    fetch_put *put;
    void *user;
    int fd;
    uint64_t from; /* what the file held already */
    uint64_t at;
    uint64_t max;
    uint64_t headers;           /* their octets so far */
    struct curl_slist *request; /* headers to send */
    bool begun;
    enum fetch_result result; /* why a callback ended the transfer */
    int stop;
    struct fetch_answer *answer;
};

/* Whether the stop descriptor says so; -1 never does. */
bool sink_is_stopped(int stop);

/* Makes the transfer of sink->easy end in it. Returns 0, or CURLcodes or-ed together. */
unsigned sink_attach(struct sink *sink);

#endif
