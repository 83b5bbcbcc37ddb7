/* Bounded transfers with libcurl: http, https, file. Redirects at most 5, from https to https
 * alone, never to file. One stop descriptor ends any of them at once. */
#ifndef GITDNS_SYNCD_FETCH_H
#define GITDNS_SYNCD_FETCH_H

#include "base/message.h"
#include "syncd/syncd.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FETCH_REDIRECTS_MAX 5
/* Of all that is redirected and what comes after the body, too. */
#define FETCH_HEADERS_MAX (128 * 1024)
/* Below this many octets a second for the stall time-out, a transfer has stalled. */
#define FETCH_STALL_SPEED 1024

struct fetcher;

struct fetch_limits {
    int64_t connect_timeout; /* seconds */
    int64_t stall_timeout;
    int stop; /* a transfer ends with SYNC_STOPPED once this descriptor is readable */
};

/* What became of the last transfer. */
struct fetch_answer {
    long status;         /* HTTP's; 0: none */
    int64_t retry_after; /* seconds that the server asked for, or 0 */
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
 * Returns 0 and *len, SYNC_REFUSED with the cause in answer->error, or SYNC_STOPPED. */
enum sync_result fetch_text(struct fetcher *fetcher, const char *url, int64_t deadline, char *out,
                            size_t max, size_t *len, struct fetch_answer *answer);

/* Appends the octets from `from` on to the file `fd`, which holds that many; it starts again at 0
 * if the server sends the whole. At most `max` octets in all. Returns as fetch_text, or SYNC_FAILED
 * if they could not be written. What came before an error stays in the file. */
enum sync_result fetch_file(struct fetcher *fetcher, const char *url, int64_t deadline, int fd,
                            uint64_t from, uint64_t max, struct fetch_answer *answer);

#endif
