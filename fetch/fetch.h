/* Bounded transfers with libcurl: http, https, file. Redirects at most 5, from https to https
 * alone, from http unless told otherwise to either, never to file. One stop descriptor ends any of
 * them at once.
 *
 * Mirror, audit, syncd and publish enter. It knows base, and nothing of what it fetches. */
#ifndef GITDNS_FETCH_FETCH_H
#define GITDNS_FETCH_FETCH_H

#include "base/message.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FETCH_REDIRECTS_MAX 5
/* Of all that is redirected and what comes after the body, too; and of a redirect's own page, but
 * for a larger file. */
#define FETCH_HEADERS_MAX (128 * 1024)
/* Below this many octets a second for the stall time-out, a transfer has stalled. */
#define FETCH_STALL_SPEED 1024
#define FETCH_HEADER_OCTETS 256
#define FETCH_ETAG_OCTETS FETCH_HEADER_OCTETS

enum fetch_result {
    FETCH_OK,
    FETCH_REFUSED, /* by the server, or of what it sends: another one may do */
    FETCH_FAILED,  /* on this machine: no server can help */
    FETCH_STOPPED, /* by the stop descriptor */
};

struct fetcher;

struct fetch_limits {
    int64_t connect_timeout; /* seconds */
    int64_t stall_timeout;
    int stop; /* a transfer ends with FETCH_STOPPED once this descriptor is readable; -1: none */
    bool redirects_https; /* to that alone, also from http */
    int family;           /* AF_INET or AF_INET6 alone; 0: either */
};

/* What became of the last transfer. */
struct fetch_answer {
    long status;         /* HTTP's; 0: none */
    int64_t retry_after; /* seconds that the server asked for, or 0 */
    long redirects;      /* that were followed */
    long os_error;       /* errno of a connection that failed, or 0 */
    bool larger;         /* than asked for; what fits has been taken */
    bool resolved;       /* the host has an address, of the family that is asked for */
    char error[MESSAGE_OCTETS];
};

/* Milliseconds on the clock that deadlines are read on: it goes on during a suspend, and nobody
 * sets it. */
int64_t fetch_clock(void);

/* `fetcher` serves one transfer after the other, and keeps connections for the next. Returns 0 or
 * -ENOMEM. curl_global_init has been called. */
int fetcher_open(struct fetcher **fetcher, const struct fetch_limits *limits);
void fetcher_close(struct fetcher *fetcher); /* NULL is fine */

/* Fetches `url` into `out`, at most `max` octets. `deadline`: fetch_clock's, for the whole of it.
 * Returns FETCH_OK and *len, or else with the cause in answer->error. */
enum fetch_result fetch_text(struct fetcher *fetcher, const char *url, int64_t deadline, char *out,
                             size_t max, size_t *len, struct fetch_answer *answer);

/* Appends the octets from `from` on to the file `fd`, which holds that many; it starts again at 0
 * if the server sends the whole. At most `max` octets in all. Returns as fetch_text, or
 * FETCH_FAILED if they could not be written. What came before an error stays in the file. */
enum fetch_result fetch_file(struct fetcher *fetcher, const char *url, int64_t deadline, int fd,
                             uint64_t from, uint64_t max, struct fetch_answer *answer);

/* Takes octets as they come. Returns 0, or a negative code that ends the transfer. */
typedef int fetch_put(void *user, const char *octets, size_t len);

/* Hands the octets from `from` on to `put`, at most up to the `max`th. A server that sends the
 * whole instead is refused, and answer->status is 200. Returns as fetch_text, or FETCH_FAILED if
 * `put` does not take them. */
enum fetch_result fetch_stream(struct fetcher *fetcher, const char *url, int64_t deadline,
                               uint64_t from, uint64_t max, fetch_put *put, void *user,
                               struct fetch_answer *answer);

/* A header of the last transfer's last answer, if there is one and it is printable and short. Else
 * returns false, and `out` is empty. */
bool fetch_header(const struct fetcher *fetcher, const char *name, char out[FETCH_HEADER_OCTETS]);

/* As fetch_file from 0 on, but for a server that says that it still has the version of `etag` (RFC
 * 9110 section 8.8.3; empty: none): answer->status is then 304, and nothing is written. Sets `etag`
 * to what was sent along, or to an empty one. */
enum fetch_result fetch_changed(struct fetcher *fetcher, const char *url, int64_t deadline, int fd,
                                uint64_t max, char etag[FETCH_ETAG_OCTETS],
                                struct fetch_answer *answer);

#endif
