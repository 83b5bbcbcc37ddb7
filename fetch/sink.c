#include "fetch/sink.h"
#include "base/error.h"
#include "base/file.h"
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define STATUS_OK 200
#define STATUS_PARTIAL 206

bool sink_is_stopped(int stop)
{
    struct pollfd events = {.fd = stop, .events = POLLIN};

    return poll(&events, 1, 0) == 1;
}

/* Looks at the answer's head once its first octets come: errors have not got this far. */
static bool begin(struct sink *sink)
{
    long status = 0;

    curl_easy_getinfo(sink->easy, CURLINFO_RESPONSE_CODE, &status);
    sink->begun = true;
    if (status == 0) /* that of a file: */
        return true;
    if (status != STATUS_OK && !(status == STATUS_PARTIAL && sink->from > 0)) {
        message_set(sink->answer->error, "HTTP status %ld", status);
        sink->result = FETCH_REFUSED;
        return false;
    }
    if (status == STATUS_OK && sink->from > 0) {
        if (sink->put != NULL) {
            message_set(sink->answer->error, "Range is not honoured: the whole comes");
            sink->result = FETCH_REFUSED;
            return false;
        }
        if (ftruncate(sink->fd, 0) != 0 || lseek(sink->fd, 0, SEEK_SET) != 0) {
            message_set(sink->answer->error, "%s", error_text(-errno));
            sink->result = FETCH_FAILED;
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
    bool larger;
    int r;

    if (!sink->begun && !begin(sink))
        return CURL_WRITEFUNC_ERROR;
    larger = len > sink->max - sink->at;
    if (larger)
        len = (size_t)(sink->max - sink->at);
    if (sink->out != NULL) {
        memcpy(sink->out + sink->at, data, len);
    } else {
        r = sink->put != NULL ? sink->put(sink->user, data, len)
                              : file_write_all(sink->fd, data, len);
        if (r < 0) {
            message_set(sink->answer->error, "%s", error_text(r));
            sink->result = FETCH_FAILED;
            return CURL_WRITEFUNC_ERROR;
        }
    }
    sink->at += len;
    if (!larger)
        return len;
    message_set(sink->answer->error, "larger than %" PRIu64 " octets", sink->max);
    sink->answer->larger = true;
    sink->result = FETCH_REFUSED;
    return CURL_WRITEFUNC_ERROR;
}

/* A transfer coding that was not asked for. libcurl undoes them, up to five upon each other, in one
 * go: of 46 kB that become nothing in the end three make 10 GB in between. */
static bool is_coded(const char *header, size_t len)
{
    static const char name[] = "Transfer-Encoding:", chunked[] = "chunked";
    const char *value = header + sizeof name - 1, *end = header + len;

    if (len < sizeof name - 1 || strncasecmp(header, name, sizeof name - 1) != 0)
        return false;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (unsigned char)end[-1] <= ' ')
        end--;
    return end - value != sizeof chunked - 1 ||
           strncasecmp(value, chunked, sizeof chunked - 1) != 0;
}

/* libcurl keeps what follows the body, however much that is. */
static size_t receive_header(char *data, size_t size, size_t count, void *user)
{
    struct sink *sink = user;
    size_t len = size * count;

    sink->headers += len;
    if (sink->headers <= FETCH_HEADERS_MAX && !is_coded(data, len))
        return len;
    if (sink->headers > FETCH_HEADERS_MAX)
        message_set(sink->answer->error, "headers of more than %d octets", FETCH_HEADERS_MAX);
    else
        message_set(sink->answer->error, "a transfer coding that was not asked for");
    sink->result = FETCH_REFUSED;
    return CURL_WRITEFUNC_ERROR;
}

/* libcurl leaves out a redirect's own page, which is nobody's file, however long that goes on. */
static int look_at_progress(void *user, curl_off_t total, curl_off_t received, curl_off_t to_send,
                            curl_off_t sent)
{
    struct sink *sink = user;
    uint64_t max = sink->max > FETCH_HEADERS_MAX ? sink->max : FETCH_HEADERS_MAX;

    (void)total, (void)to_send, (void)sent;
    /* A file: is copied without a wait in between. */
    if (sink->result == FETCH_OK && sink_is_stopped(sink->stop)) {
        message_set(sink->answer->error, "stopped");
        sink->result = FETCH_STOPPED;
        return 1;
    }
    if (sink->result != FETCH_OK || received < 0 || (uint64_t)received <= max)
        return 0;
    message_set(sink->answer->error, "redirect with a page of more than %" PRIu64 " octets", max);
    sink->result = FETCH_REFUSED;
    return 1;
}

unsigned sink_attach(struct sink *sink)
{
    CURL *easy = sink->easy;
    unsigned bad = 0;

    /* The first octets of a file that is too large say what it is. */
    bad |= curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE,
                            sink->out != NULL ? (curl_off_t)sink->max : (curl_off_t)0);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, sink);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, sink);
    bad |= curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, look_at_progress);
    bad |= curl_easy_setopt(easy, CURLOPT_XFERINFODATA, sink);
    return bad;
}
