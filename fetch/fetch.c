#include "fetch/fetch.h"
#include "base/clock.h"
#include "base/cutoff.h"
#include "base/error.h"
#include "fetch/local_file.h"
#include "fetch/sink.h"
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_TOO_MANY 429
#define STATUS_UNAVAILABLE 503

/* libcurl has timers of its own; this one bounds the wait between them. */
#define WAIT_MS 10000

struct fetcher {
    CURLM *multi;
    CURL *easy;
    struct cutoff *cutoff;
    struct fetch_limits limits;
    _Atomic int64_t deadline; /* of the transfer under way; 0: the calls are to come back at once */
    bool shut;
    char curl_error[CURL_ERROR_SIZE];
};

int64_t fetch_clock(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

/* In the cutoff's thread. */
static bool is_over(void *user, int socket)
{
    const struct fetcher *f = user;

    (void)socket;
    return fetch_clock() >= f->deadline || sink_is_stopped(f->limits.stop);
}

int fetcher_open(struct fetcher **fetcher, const struct fetch_limits *limits)
{
    struct fetcher *f = calloc(1, sizeof *f);
    int r = -ENOMEM;

    if (f == NULL)
        return r;
    f->limits = *limits;
    f->multi = curl_multi_init();
    f->easy = curl_easy_init();
    if (f->multi != NULL && f->easy != NULL)
        r = cutoff_open(&f->cutoff, is_over, f);
    /* No thread: a server that sends without an end can hold it up, and all others serve. */
    if (r == -EAGAIN)
        r = 0;
    if (r < 0)
        fetcher_close(f);
    else
        *fetcher = f;
    return r;
}

void fetcher_close(struct fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    fetcher->deadline = 0;
    cutoff_begin(fetcher->cutoff);
    curl_easy_cleanup(fetcher->easy);
    curl_multi_cleanup(fetcher->multi);
    cutoff_close(fetcher->cutoff);
    free(fetcher);
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct fetcher *f = user;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd >= 0 && cutoff_add(f->cutoff, fd, &f->shut) < 0) {
        close(fd);
        fd = -1;
    }
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

static int close_socket(void *user, curl_socket_t fd)
{
    cutoff_remove(((struct fetcher *)user)->cutoff, fd);
    return close(fd);
}

static bool is_http(const char *url)
{
    return strncasecmp(url, "http", 4) == 0;
}

static bool is_https(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0;
}

static long resolve(const struct fetcher *f)
{
    return f->limits.family == AF_INET    ? CURL_IPRESOLVE_V4
           : f->limits.family == AF_INET6 ? CURL_IPRESOLVE_V6
                                          : CURL_IPRESOLVE_WHATEVER;
}

/* Where a redirect may lead to. */
static const char *redirects(const struct fetcher *f, const char *url)
{
    return is_https(url) || f->limits.redirects_https ? "https" : "http,https";
}

static int set_options(struct fetcher *f, const char *url, int64_t milliseconds, struct sink *sink)
{
    CURL *easy = f->easy;
    char range[32];
    unsigned bad = 0;

    curl_easy_reset(easy);
    bad |= curl_easy_setopt(easy, CURLOPT_URL, url);
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,file");
    bad |= curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, redirects(f, url));
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)FETCH_REDIRECTS_MAX);
    bad |= curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_IPRESOLVE, resolve(f));
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "gitdns/" GITDNS_VERSION);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)f->limits.connect_timeout);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)FETCH_STALL_SPEED);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)f->limits.stall_timeout);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)milliseconds);
    bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->curl_error);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, f);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, f);
    bad |= sink_attach(sink);
    if (sink->request != NULL)
        bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, sink->request);
    if (sink->from > 0) {
        snprintf(range, sizeof range, "%" PRIu64 "-", sink->from);
        bad |= curl_easy_setopt(easy, CURLOPT_RANGE, range);
    }
    return bad == 0 ? 0 : -1;
}

static bool go_on(struct fetcher *f, int *running)
{
    CURLMcode code;

    cutoff_begin(f->cutoff);
    code = curl_multi_perform(f->multi, running);
    cutoff_end(f->cutoff);
    return code == CURLM_OK;
}

/* Closes the connection, unless it is kept. */
static void take_out(struct fetcher *f)
{
    cutoff_begin(f->cutoff);
    curl_multi_remove_handle(f->multi, f->easy);
    cutoff_end(f->cutoff);
}

/* Runs the transfer to its end. Returns 0 and *code, FETCH_STOPPED, or FETCH_FAILED. */
static enum fetch_result perform(struct fetcher *f, CURLcode *code)
{
    struct curl_waitfd stop = {.fd = f->limits.stop, .events = CURL_WAIT_POLLIN};
    enum fetch_result result = FETCH_FAILED;
    int running = 0;

    if (curl_multi_add_handle(f->multi, f->easy) != CURLM_OK)
        return FETCH_FAILED;
    while (go_on(f, &running)) {
        if (running == 0) {
            int left = 0;
            const CURLMsg *done = curl_multi_info_read(f->multi, &left);

            if (done != NULL) {
                *code = done->data.result;
                result = FETCH_OK;
            }
            break;
        }
        if (curl_multi_poll(f->multi, &stop, 1, WAIT_MS, NULL) != CURLM_OK)
            break;
        if (stop.revents != 0) {
            result = FETCH_STOPPED;
            break;
        }
    }
    take_out(f);
    return result;
}

/* Sets the error's text for what libcurl says of a transfer. */
static void explain(const struct fetcher *f, const char *url, CURLcode code, uint64_t max,
                    struct fetch_answer *answer)
{
    bool redirected = answer->status >= 300 && answer->status < 400;
    /* libcurl looks at the size of an error's page first. */
    bool too_large = code == CURLE_FILESIZE_EXCEEDED;

    answer->larger = too_large && answer->status < 300;
    if (code == CURLE_HTTP_RETURNED_ERROR || (too_large && !answer->larger))
        message_set(answer->error, "HTTP status %ld", answer->status);
    else if (too_large)
        message_set(answer->error, "larger than %" PRIu64 " octets", max);
    else if (code == CURLE_UNSUPPORTED_PROTOCOL && redirected)
        message_set(answer->error, "redirect to a URL that is not %s is refused",
                    strcmp(redirects(f, url), "https") == 0 ? "https" : "http or https");
    else
        message_set(answer->error, "%s",
                    f->curl_error[0] != '\0' ? f->curl_error : curl_easy_strerror(code));
}

static enum fetch_result transfer(struct fetcher *f, const char *url, int64_t deadline,
                                  struct sink *sink)
{
    struct fetch_answer *answer = sink->answer;
    int64_t milliseconds = deadline - fetch_clock();
    CURLcode code = CURLE_OK;
    enum fetch_result result;

    *answer = (struct fetch_answer){0};
    f->curl_error[0] = '\0';
    f->deadline = deadline;
    f->shut = false;
    sink->easy = f->easy;
    if (milliseconds <= 0) {
        message_set(answer->error, "no time left");
        return FETCH_REFUSED;
    }
    if (set_options(f, url, milliseconds, sink) != 0) {
        message_set(answer->error, "libcurl lacks an option");
        return FETCH_FAILED;
    }
    result = perform(f, &code);
    if (f->shut) {
        bool stopped = sink_is_stopped(f->limits.stop);

        message_set(answer->error,
                    stopped ? "stopped" : "timed out: no end of what TLS passes over");
        return stopped ? FETCH_STOPPED : FETCH_REFUSED;
    }
    if (result != FETCH_OK) {
        message_set(answer->error, "%s", result == FETCH_STOPPED ? "stopped" : "libcurl failed");
        return result;
    }
    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_easy_getinfo(f->easy, CURLINFO_REDIRECT_COUNT, &answer->redirects);
    curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &answer->os_error);
    answer->resolved = code != CURLE_COULDNT_RESOLVE_HOST;
    if (answer->status == STATUS_TOO_MANY || answer->status == STATUS_UNAVAILABLE) {
        curl_off_t wait = 0;

        curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &wait);
        answer->retry_after = wait;
    }
    if (sink->result != FETCH_OK)
        return sink->result;
    if (code != CURLE_OK) {
        explain(f, url, code, sink->max, answer);
        return FETCH_REFUSED;
    }
    return FETCH_OK;
}

/* libcurl would wait, and not be stopped, until somebody writes to a FIFO: it gets the file that
 * has been looked at. */
static enum fetch_result transfer_any(struct fetcher *f, const char *url, int64_t deadline,
                                      struct sink *sink)
{
    char opened[sizeof "file:///proc/self/fd/" + 10];
    enum fetch_result result;
    int fd;

    if (is_http(url))
        return transfer(f, url, deadline, sink);
    *sink->answer = (struct fetch_answer){0};
    fd = local_file_open(url);
    if (fd < 0) {
        message_set(sink->answer->error, "%s",
                    fd == -EINVAL ? "not a regular file" : error_text(fd));
        return FETCH_REFUSED;
    }
    snprintf(opened, sizeof opened, "file:///proc/self/fd/%d", fd);
    result = transfer(f, opened, deadline, sink);
    close(fd);
    return result;
}

enum fetch_result fetch_text(struct fetcher *fetcher, const char *url, int64_t deadline, char *out,
                             size_t max, size_t *len, struct fetch_answer *answer)
{
    struct sink sink = {
        .out = out, .fd = -1, .max = max, .stop = fetcher->limits.stop, .answer = answer};
    enum fetch_result result = transfer_any(fetcher, url, deadline, &sink);

    *len = (size_t)sink.at;
    return result;
}

enum fetch_result fetch_file(struct fetcher *fetcher, const char *url, int64_t deadline, int fd,
                             uint64_t from, uint64_t max, struct fetch_answer *answer)
{
    struct sink sink = {.fd = fd,
                        .from = from,
                        .at = from,
                        .max = max,
                        .stop = fetcher->limits.stop,
                        .answer = answer};

    if (lseek(fd, (off_t)from, SEEK_SET) < 0) {
        message_set(answer->error, "%s", error_text(-errno));
        return FETCH_FAILED;
    }
    return transfer_any(fetcher, url, deadline, &sink);
}

enum fetch_result fetch_stream(struct fetcher *fetcher, const char *url, int64_t deadline,
                               uint64_t from, uint64_t max, fetch_put *put, void *user,
                               struct fetch_answer *answer)
{
    struct sink sink = {.put = put,
                        .user = user,
                        .fd = -1,
                        .from = from,
                        .at = from,
                        .max = max,
                        .stop = fetcher->limits.stop,
                        .answer = answer};

    return transfer_any(fetcher, url, deadline, &sink);
}

bool fetch_header(const struct fetcher *fetcher, const char *name, char out[FETCH_HEADER_OCTETS])
{
    struct curl_header *header;
    size_t len;

    out[0] = '\0';
    if (curl_easy_header(fetcher->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return false;
    len = strlen(header->value);
    if (len >= FETCH_HEADER_OCTETS)
        return false;
    for (size_t i = 0; i < len; i++)
        if (header->value[i] < ' ' || header->value[i] > '~')
            return false;
    memcpy(out, header->value, len + 1);
    return true;
}

/* What a request may repeat, and a file with one line. */
static void copy_etag(const struct fetcher *fetcher, char etag[FETCH_ETAG_OCTETS])
{
    if (!fetch_header(fetcher, "ETag", etag) || strchr(etag, ' ') != NULL)
        etag[0] = '\0';
}

enum fetch_result fetch_changed(struct fetcher *fetcher, const char *url, int64_t deadline, int fd,
                                uint64_t max, char etag[FETCH_ETAG_OCTETS],
                                struct fetch_answer *answer)
{
    struct sink sink = {.fd = fd, .max = max, .stop = fetcher->limits.stop, .answer = answer};
    char header[sizeof "If-None-Match: " + FETCH_ETAG_OCTETS];
    enum fetch_result result;

    snprintf(header, sizeof header, "If-None-Match: %s", etag);
    if (etag[0] != '\0' && (sink.request = curl_slist_append(NULL, header)) == NULL) {
        message_set(answer->error, "%s", error_text(-ENOMEM));
        return FETCH_FAILED;
    }
    result = transfer_any(fetcher, url, deadline, &sink);
    if (result == FETCH_OK)
        copy_etag(fetcher, etag);
    curl_easy_setopt(fetcher->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(sink.request);
    return result;
}
