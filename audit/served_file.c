#include "audit/served_file.h"
#include "base/error.h"
#include "registry/inflated.h"
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <string.h>

#define STATUS_OK 200

struct arrival {
    struct served_file *file;
    crypto_hash_sha256_state sha256;
    uint64_t octets;
    char first[INFLATED_OCTETS];
    size_t first_len;
};

static void keep_tail(struct served_file *file, const char *octets, size_t len)
{
    size_t room = sizeof file->tail, more = len < room ? len : room, kept = file->tail_len;

    if (kept > room - more) {
        memmove(file->tail, file->tail + kept - (room - more), room - more);
        kept = room - more;
    }
    memcpy(file->tail + kept, octets + len - more, more);
    file->tail_len = kept + more;
}

static int arrive(void *user, const char *octets, size_t len)
{
    struct arrival *arrival = user;
    size_t room = sizeof arrival->first - arrival->first_len, first = len < room ? len : room;

    memcpy(arrival->first + arrival->first_len, octets, first);
    arrival->first_len += first;
    crypto_hash_sha256_update(&arrival->sha256, (const unsigned char *)octets, len);
    arrival->octets += len;
    keep_tail(arrival->file, octets, len);
    if (arrival->file->keep != NULL && fwrite(octets, 1, len, arrival->file->keep) != len)
        return -errno;
    return 0;
}

/* What is wrong with octets that have come. Returns whether nothing is. */
static bool judge(struct auditing *auditing, const struct served_file *file, const char *url,
                  struct arrival *arrival, bool larger)
{
    struct findings *findings = &auditing->audit->findings;
    unsigned char sha256[SHA256_OCTETS];
    char coding[FETCH_HEADER_OCTETS];
    bool coded = fetch_header(auditing->mirror.fetcher, "Content-Encoding", coding);
    bool right, size = !larger && arrival->octets == file->octets;

    crypto_hash_sha256_final(&arrival->sha256, sha256);
    right = size && memcmp(sha256, file->sha256, SHA256_OCTETS) == 0;
    if (right && coded)
        findings_add(findings, FINDING_WARNING, FINDING_COMPRESSED,
                     "%s: comes with `Content-Encoding: %s': what undoes that on the way, or "
                     "keeps it undone, changes the file",
                     url, coding);
    if (right)
        return true;
    if (inflated(arrival->first, arrival->first_len))
        findings_add(findings, file->level, FINDING_INFLATED, "%s: %s", url,
                     error_text(E_GZIP_INFLATED));
    else if (coded)
        findings_add(findings, file->level, FINDING_COMPRESSED,
                     "%s: the server has compressed it once more (Content-Encoding: %s)", url,
                     coding);
    else if (larger)
        findings_add(findings, file->level, FINDING_SIZE,
                     "%s: has more than the %" PRIu64 " octets that are signed", url, file->octets);
    else if (!size)
        findings_add(findings, file->level, FINDING_SIZE,
                     "%s: has %" PRIu64 " octets, and not the %" PRIu64 " that are signed", url,
                     arrival->octets, file->octets);
    else
        findings_add(findings, file->level, FINDING_HASH, "%s: %s", url, error_text(E_HASH_WRONG));
    return false;
}

bool served_file_check(struct auditing *auditing, struct served_file *file)
{
    struct mirror *mirror = &auditing->mirror;
    struct arrival arrival = {.file = file};
    char url[MIRROR_URL_OCTETS];
    struct fetch_answer answer;
    enum fetch_result result;

    mirror_file_url(mirror, file->file, url);
    crypto_hash_sha256_init(&arrival.sha256);
    file->tail_len = 0;
    result = fetch_stream(mirror->fetcher, url, mirror->deadline, 0, file->octets, arrive, &arrival,
                          &answer);
    if (result == FETCH_OK || answer.larger)
        return judge(auditing, file, url, &arrival, answer.larger);
    findings_add(&auditing->audit->findings, result == FETCH_REFUSED ? file->level : FINDING_ERROR,
                 result == FETCH_REFUSED ? auditing_kind(&answer) : FINDING_MACHINE, "%s: %s", url,
                 answer.error);
    return false;
}

/* The end of a file once more. */
struct part {
    const unsigned char *expected;
    size_t len;
    size_t at;
    bool differs;
};

static int compare(void *user, const char *octets, size_t len)
{
    struct part *part = user;

    part->differs = part->differs || memcmp(part->expected + part->at, octets, len) != 0;
    part->at += len;
    return 0;
}

void served_file_check_range(struct auditing *auditing, const struct served_file *file)
{
    struct mirror *mirror = &auditing->mirror;
    struct findings *findings = &auditing->audit->findings;
    size_t len = file->octets / 2 < file->tail_len ? (size_t)(file->octets / 2) : file->tail_len;
    struct part part = {.expected = file->tail + file->tail_len - len, .len = len};
    char url[MIRROR_URL_OCTETS];
    struct fetch_answer answer;
    enum fetch_result result;

    if (strncasecmp(mirror->url, "file:", 5) == 0)
        return;
    mirror_file_url(mirror, file->file, url);
    result = fetch_stream(mirror->fetcher, url, mirror->deadline, file->octets - len, file->octets,
                          compare, &part, &answer);
    if (result == FETCH_REFUSED && answer.status == STATUS_OK)
        findings_add(findings, FINDING_WARNING, FINDING_RANGE,
                     "%s: Range is not honoured: a transfer that broke off begins again", url);
    else if (result != FETCH_OK)
        findings_add(findings, FINDING_WARNING, FINDING_RANGE, "%s: asked with Range: %s", url,
                     answer.error);
    else if (part.differs || part.at != part.len)
        findings_add(findings, FINDING_ERROR, FINDING_RANGE,
                     "%s: Range is answered with other octets than the file's", url);
}
