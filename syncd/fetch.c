#include "syncd/fetch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_OK 200
#define STATUS_PARTIAL 206
#define STATUS_TOO_MANY 429
#define STATUS_UNAVAILABLE 503

/* libcurl has timers of its own; this one bounds the wait between them. */
#define WAIT_MS 10000

struct fetcher {
    CURLM *multi;
    CURL *easy;
    struct fetch_limits limits;
    char curl_error[CURL_ERROR_SIZE];
};

/* Where the octets of one transfer go. */
struct sink {
    CURL *easy;
    char *out; /* NULL: they go to fd */
    int fd;
    uint64_t from; /* what the file held already */
    uint64_t at;
    uint64_t max;
    uint64_t headers; /* their octets so far */
    bool begun;
    enum sync_result result; /* why a callback ended the transfer */
    struct fetch_answer *answer;
};

int64_t fetch_clock(void)
{
    return clock_ms(CLOCK_BOOTTIME);
}

int fetcher_open(struct fetcher **fetcher, const struct fetch_limits *limits)
{
    struct fetcher *f = calloc(1, sizeof *f);

    if (f == NULL)
        return -ENOMEM;
    f->limits = *limits;
    f->multi = curl_multi_init();
    f->easy = curl_easy_init();
    if (f->multi == NULL || f->easy == NULL) {
        fetcher_close(f);
        return -ENOMEM;
    }
    *fetcher = f;
    return 0;
}

void fetcher_close(struct fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    curl_easy_cleanup(fetcher->easy);
    curl_multi_cleanup(fetcher->multi);
    free(fetcher);
}

static bool is_http(const char *url)
{
    return strncasecmp(url, "http", 4) == 0;
}

static bool is_https(const char *url)
{
    return strncasecmp(url, "https:", 6) == 0;
}

/* Looks at the answer's head once its first octets come: errors have not got this far. */
static bool begin(struct sink *sink)
{
    const char *url = NULL;
    long status = 0;

    curl_easy_getinfo(sink->easy, CURLINFO_EFFECTIVE_URL, &url);
    curl_easy_getinfo(sink->easy, CURLINFO_RESPONSE_CODE, &status);
    sink->begun = true;
    if (!is_http(url))
        return true;
    if (status != STATUS_OK && !(status == STATUS_PARTIAL && sink->from > 0)) {
        message_set(sink->answer->error, "HTTP status %ld", status);
        sink->result = SYNC_REFUSED;
        return false;
    }
    if (status == STATUS_OK && sink->from > 0) {
        if (ftruncate(sink->fd, 0) != 0 || lseek(sink->fd, 0, SEEK_SET) != 0) {
            message_set(sink->answer->error, "%s", error_text(-errno));
            sink->result = SYNC_FAILED;
            return false;
        }
        sink->at = 0;
    }
    return true;
}

static size_t receive(char *data, size_t size, size_t count, void *user)
{
    struct sink *sink = user;
    size_t len = size * count; /* size is 1: CURLOPT_WRITEFUNCTION(3) */
    int r;

    if (!sink->begun && !begin(sink))
        return CURL_WRITEFUNC_ERROR;
    if (len > sink->max - sink->at) {
        message_set(sink->answer->error, "larger than %" PRIu64 " octets", sink->max);
        sink->result = SYNC_REFUSED;
        return CURL_WRITEFUNC_ERROR;
    }
    if (sink->out != NULL) {
        memcpy(sink->out + sink->at, data, len);
    } else {
        r = file_write_all(sink->fd, data, len);
        if (r < 0) {
            message_set(sink->answer->error, "%s", error_text(r));
            sink->result = SYNC_FAILED;
            return CURL_WRITEFUNC_ERROR;
        }
    }
    sink->at += len;
    return len;
}

/* libcurl keeps what follows the body, however much that is. */
static size_t receive_header(char *data, size_t size, size_t count, void *user)
{
    struct sink *sink = user;

    (void)data;
    sink->headers += size * count;
    if (sink->headers <= FETCH_HEADERS_MAX)
        return size * count;
    message_set(sink->answer->error, "headers of more than %d octets", FETCH_HEADERS_MAX);
    sink->result = SYNC_REFUSED;
    return CURL_WRITEFUNC_ERROR;
}

static int set_options(struct fetcher *f, const char *url, int64_t milliseconds, struct sink *sink)
{
    CURL *easy = f->easy;
    char range[32];
    unsigned bad = 0;

    curl_easy_reset(easy);
    bad |= curl_easy_setopt(easy, CURLOPT_URL, url);
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,file");
    bad |=
        curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, is_https(url) ? "https" : "http,https");
    bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)FETCH_REDIRECTS_MAX);
    bad |= curl_easy_setopt(easy, CURLOPT_FAILONERROR, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "gitdns/" GITDNS_VERSION);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)f->limits.connect_timeout);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)FETCH_STALL_SPEED);
    bad |= curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)f->limits.stall_timeout);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)milliseconds);
    bad |= curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)sink->max);
    bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, f->curl_error);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, sink);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, sink);
    if (sink->from > 0) {
        snprintf(range, sizeof range, "%" PRIu64 "-", sink->from);
        bad |= curl_easy_setopt(easy, CURLOPT_RANGE, range);
    }
    return bad == 0 ? 0 : -1;
}

/* Runs the transfer to its end. Returns 0 and *code, SYNC_STOPPED, or SYNC_FAILED. */
static enum sync_result perform(struct fetcher *f, CURLcode *code)
{
    struct curl_waitfd stop = {.fd = f->limits.stop, .events = CURL_WAIT_POLLIN};
    enum sync_result result = SYNC_FAILED;
    int running = 0;

    if (curl_multi_add_handle(f->multi, f->easy) != CURLM_OK)
        return SYNC_FAILED;
    while (curl_multi_perform(f->multi, &running) == CURLM_OK) {
        if (running == 0) {
            int left = 0;
            const CURLMsg *done = curl_multi_info_read(f->multi, &left);

            if (done != NULL) {
                *code = done->data.result;
                result = SYNC_OK;
            }
            break;
        }
        if (curl_multi_poll(f->multi, &stop, 1, WAIT_MS, NULL) != CURLM_OK)
            break;
        if (stop.revents != 0) {
            result = SYNC_STOPPED;
            break;
        }
    }
    curl_multi_remove_handle(f->multi, f->easy);
    return result;
}

/* Sets the error's text for what libcurl says of a transfer. */
static void explain(const struct fetcher *f, const char *url, CURLcode code, uint64_t max,
                    struct fetch_answer *answer)
{
    bool redirected = answer->status >= 300 && answer->status < 400;
    /* libcurl looks at the size of an error's page first. */
    bool too_large = code == CURLE_FILESIZE_EXCEEDED;

    if (code == CURLE_HTTP_RETURNED_ERROR || (too_large && answer->status >= 300))
        message_set(answer->error, "HTTP status %ld", answer->status);
    else if (too_large)
        message_set(answer->error, "larger than %" PRIu64 " octets", max);
    else if (code == CURLE_UNSUPPORTED_PROTOCOL && redirected)
        message_set(answer->error, "redirect to a URL that is not %s is refused",
                    is_https(url) ? "https" : "http or https");
    else
        message_set(answer->error, "%s",
                    f->curl_error[0] != '\0' ? f->curl_error : curl_easy_strerror(code));
}

static enum sync_result transfer(struct fetcher *f, const char *url, int64_t deadline,
                                 struct sink *sink)
{
    struct fetch_answer *answer = sink->answer;
    int64_t milliseconds = deadline - fetch_clock();
    CURLcode code = CURLE_OK;
    enum sync_result result;

    *answer = (struct fetch_answer){0};
    f->curl_error[0] = '\0';
    sink->easy = f->easy;
    if (milliseconds <= 0) {
        message_set(answer->error, "no time left in this round");
        return SYNC_REFUSED;
    }
    if (set_options(f, url, milliseconds, sink) != 0) {
        message_set(answer->error, "libcurl lacks an option");
        return SYNC_FAILED;
    }
    result = perform(f, &code);
    if (result != SYNC_OK) {
        message_set(answer->error, "%s", result == SYNC_STOPPED ? "stopped" : "libcurl failed");
        return result;
    }
    curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &answer->status);
    if (answer->status == STATUS_TOO_MANY || answer->status == STATUS_UNAVAILABLE) {
        curl_off_t wait = 0;

        curl_easy_getinfo(f->easy, CURLINFO_RETRY_AFTER, &wait);
        answer->retry_after = wait;
    }
    if (sink->result != SYNC_OK)
        return sink->result;
    if (code != CURLE_OK) {
        explain(f, url, code, sink->max, answer);
        return SYNC_REFUSED;
    }
    return SYNC_OK;
}

/* Returns a descriptor of what a `file:` URL names, or -errno. */
static int open_file(const char *url)
{
    CURLU *parts = curl_url();
    char *path = NULL;
    struct stat st;
    int fd = -EINVAL, r;

    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PATH, &path, CURLU_URLDECODE) == CURLUE_OK) {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        fd = fd < 0 ? -errno : fd;
    }
    curl_free(path);
    curl_url_cleanup(parts);
    if (fd < 0)
        return fd;
    r = fstat(fd, &st) < 0 ? -errno : S_ISREG(st.st_mode) ? 0 : -EINVAL;
    if (r == 0)
        return fd;
    close(fd);
    return r;
}

/* libcurl would wait, and not be stopped, until somebody writes to a FIFO: it gets the file that
 * has been looked at. */
static enum sync_result transfer_any(struct fetcher *f, const char *url, int64_t deadline,
                                     struct sink *sink)
{
    char opened[sizeof "file:///proc/self/fd/" + 10];
    enum sync_result result;
    int fd;

    if (is_http(url))
        return transfer(f, url, deadline, sink);
    *sink->answer = (struct fetch_answer){0};
    fd = open_file(url);
    if (fd < 0) {
        message_set(sink->answer->error, "%s",
                    fd == -EINVAL ? "not a regular file" : error_text(fd));
        return SYNC_REFUSED;
    }
    snprintf(opened, sizeof opened, "file:///proc/self/fd/%d", fd);
    result = transfer(f, opened, deadline, sink);
    close(fd);
    return result;
}

enum sync_result fetch_text(struct fetcher *fetcher, const char *url, int64_t deadline, char *out,
                            size_t max, size_t *len, struct fetch_answer *answer)
{
    struct sink sink = {.out = out, .fd = -1, .max = max, .answer = answer};
    enum sync_result result = transfer_any(fetcher, url, deadline, &sink);

    *len = (size_t)sink.at;
    return result;
}

enum sync_result fetch_file(struct fetcher *fetcher, const char *url, int64_t deadline, int fd,
                            uint64_t from, uint64_t max, struct fetch_answer *answer)
{
    struct sink sink = {.fd = fd, .from = from, .at = from, .max = max, .answer = answer};

    if (lseek(fd, (off_t)from, SEEK_SET) < 0) {
        message_set(answer->error, "%s", error_text(-errno));
        return SYNC_FAILED;
    }
    return transfer_any(fetcher, url, deadline, &sink);
}
