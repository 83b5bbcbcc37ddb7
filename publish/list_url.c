#include "publish/list_url.h"
#include "base/base.h"
#include "base/error.h"
#include "base/file.h"
#include "fetch/fetch.h"
#include "publish/names.h"
#include "publish/owned.h"
#include "publish/stop.h"
#include "registry/manifest.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define URL_MAX 2048

/* Seconds. */
#define CONNECT_TIMEOUT 15
#define STALL_TIMEOUT 15
#define WHOLE_TIMEOUT 600

#define PREFIX "list."
#define ETAG_SUFFIX ".etag"
#define NEW_SUFFIX ".new"
#define HASH_OCTETS 16
#define FILE_OCTETS (sizeof PREFIX + 2 * HASH_OCTETS)

/* One list: what is kept of it. */
struct list {
    const struct state_folder *folder;
    const char *url;
    bool longer;
    char file[FILE_OCTETS];
    char etag_file[FILE_OCTETS + sizeof ETAG_SUFFIX];
    char new_file[FILE_OCTETS + sizeof NEW_SUFFIX];
    char etag[FETCH_ETAG_OCTETS];
    int kept;       /* a descriptor; -1: nothing, or nothing good */
    uint64_t names; /* in it */
};

bool list_url_is(const char *text)
{
    return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0 ||
           strncasecmp(text, "file:", 5) == 0;
}

static bool is_this_machine(const char *host)
{
    struct in_addr address;

    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

const char *list_url_fault(const char *url)
{
    CURLU *parts = curl_url();
    const char *fault = "not a URL";
    char *host = NULL;

    if (strlen(url) <= URL_MAX && parts != NULL &&
        curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK)
        fault = NULL;
    if (fault == NULL && strncasecmp(url, "http:", 5) == 0 &&
        (curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK || !is_this_machine(host)))
        fault = "by http anybody on the way could change it; by https they cannot";
    curl_free(host);
    curl_url_cleanup(parts);
    return fault;
}

static void name_file(const char *url, char out[FILE_OCTETS])
{
    unsigned char sha256[SHA256_OCTETS];

    crypto_hash_sha256(sha256, (const unsigned char *)url, strlen(url));
    memcpy(out, PREFIX, sizeof PREFIX);
    sodium_bin2hex(out + sizeof PREFIX - 1, 2 * HASH_OCTETS + 1, sha256, HASH_OCTETS);
}

/* Counts the list's names, to its end. The descriptor stays, at its front. */
static int count_names(const struct list *list, int fd, uint64_t *names, struct problem *problem)
{
    struct skips skips = {0};
    struct names count = {
        .admission = ADMIT_ALL, .top = list->longer ? NAMES_MAX : 0, .skips = &skips};
    const char *url = list->url;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    int r = copy < 0 ? -errno : 0;

    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0) {
        r = -errno;
        close(copy);
    }
    if (r < 0)
        return problem_set(problem, r, "%s: %s", url, error_text(r));
    r = names_read_fd(&count, copy, url, problem);
    *names = count.taken;
    if (r == 0 && lseek(fd, 0, SEEK_SET) < 0)
        r = problem_set(problem, -errno, "%s: %s", url, error_text(-errno));
    if (r == 0 && skips.count[SKIP_MALFORMED] > count.taken)
        r = problem_set(problem, E_INPUT,
                        "%s: not a list of names: %" PRIu64 " names, and %" PRIu64
                        " words that are none",
                        url, count.taken, skips.count[SKIP_MALFORMED]);
    if (r == 0 && count.taken == 0)
        r = problem_set(problem, E_INPUT, "%s: a list without names", url);
    return r;
}

/* Opens what is kept, if it is good. */
static int open_kept(struct list *list, struct problem *problem)
{
    int directory = list->folder->directory;
    int r = owned_open_file(directory, list->file, O_RDONLY);

    list->kept = -1;
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return problem_set(problem, r, "%s/%s: %s", list->folder->path, list->file, error_text(r));
    list->kept = r;
    r = count_names(list, list->kept, &list->names, problem);
    if (r == E_STOPPED || r == -ENOMEM)
        return r;
    if (r < 0) {
        close(list->kept);
        list->kept = -1;
        return 0;
    }
    r = owned_read_file(directory, list->etag_file, list->etag, sizeof list->etag - 1);
    list->etag[r > 0 ? r : 0] = '\0';
    return 0;
}

/* Whether what came may take the place of what is kept. */
static int weigh(const struct list *list, int fd, bool shorter, struct problem *problem)
{
    uint64_t names = 0;
    int r = count_names(list, fd, &names, problem);

    if (r == 0 && !shorter && list->kept >= 0 && names * 2 < list->names)
        r = problem_set(problem, E_INPUT,
                        "%s: %" PRIu64 " names, fewer than half of the %" PRIu64
                        " that it had; --force takes it",
                        list->url, names, list->names);
    return r;
}

/* The ETag goes first and comes last: it never is of another list than the one that is kept. */
static int keep(struct list *list, int fd)
{
    int directory = list->folder->directory;

    if (unlinkat(directory, list->etag_file, 0) < 0 && errno != ENOENT)
        return -errno;
    if (fsync(fd) < 0 || renameat(directory, list->new_file, directory, list->file) < 0 ||
        fsync(directory) < 0)
        return -errno;
    if (list->etag[0] == '\0')
        return 0;
    return file_replace(directory, list->etag_file, list->etag, strlen(list->etag), 0600);
}

/* Returns 0 with what came in `fd`, 1 if it has not changed, or a negative code. */
static int fetch(struct list *list, int fd, struct problem *problem)
{
    const struct fetch_limits limits = {.connect_timeout = CONNECT_TIMEOUT,
                                        .stall_timeout = STALL_TIMEOUT,
                                        .stop = stop_descriptor(),
                                        .redirects_https = true};
    struct fetch_answer answer = {0};
    struct fetcher *fetcher = NULL;
    enum fetch_result result;
    int r = fetcher_open(&fetcher, &limits);

    if (r < 0)
        return problem_set(problem, r, "%s: %s", list->url, error_text(r));
    result = fetch_changed(fetcher, list->url, fetch_clock() + INT64_C(1000) * WHOLE_TIMEOUT, fd,
                           LIST_OCTETS_MAX, list->etag, &answer);
    fetcher_close(fetcher);
    if (result == FETCH_OK)
        return answer.status == 304 && list->kept >= 0;
    return problem_set(problem, result == FETCH_STOPPED ? E_STOPPED : E_INPUT, "%s: %s", list->url,
                       answer.error);
}

/* Fetches into a new file, which takes the old one's place if it is good. Returns its descriptor,
 * or that of the kept one if nothing has changed, or a negative code. */
static int renew(struct list *list, bool shorter, struct problem *problem)
{
    int directory = list->folder->directory;
    int fd, r;

    unlinkat(directory, list->new_file, 0);
    fd = openat(directory, list->new_file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_set(problem, -errno, "%s/%s: %s", list->folder->path, list->new_file,
                           error_text(-errno));
    r = fetch(list, fd, problem);
    if (r == 0) {
        r = weigh(list, fd, shorter, problem);
        if (r == 0 && (r = keep(list, fd)) < 0)
            problem_set(problem, r, "%s/%s: %s", list->folder->path, list->file, error_text(r));
        if (r == 0)
            return fd;
    }
    unlinkat(directory, list->new_file, 0);
    close(fd);
    if (r < 0)
        return r;
    /* It was looked at today. */
    futimens(list->kept, NULL);
    return list->kept;
}

int list_url_open(const struct state_folder *folder, const char *url, bool shorter, bool longer,
                  struct problem *kept, struct problem *problem)
{
    struct list list = {.folder = folder, .url = url, .longer = longer};
    char since[TIMESTAMP_OCTETS];
    struct stat st;
    int r, fd;

    kept->text[0] = '\0';
    name_file(url, list.file);
    snprintf(list.etag_file, sizeof list.etag_file, "%s" ETAG_SUFFIX, list.file);
    snprintf(list.new_file, sizeof list.new_file, "%s" NEW_SUFFIX, list.file);
    r = open_kept(&list, problem);
    fd = r < 0 ? r : renew(&list, shorter, problem);
    if (fd < 0 && fd != E_STOPPED && list.kept >= 0 && fstat(list.kept, &st) == 0) {
        timestamp_format(st.st_mtime, since);
        problem_set(kept, 0, "%s; the list of %s is taken", problem->text, since);
        fd = list.kept;
    }
    if (list.kept >= 0 && list.kept != fd)
        close(list.kept);
    return fd;
}

void list_url_tidy(const struct state_folder *folder, const char *const *source, unsigned count)
{
    DIR *directory =
        file_entries(openat(folder->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const struct dirent *entry;

    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL) {
        bool wanted = strncmp(entry->d_name, PREFIX, sizeof PREFIX - 1) != 0;

        for (unsigned i = 0; i < count && !wanted; i++) {
            char file[FILE_OCTETS];

            name_file(source[i], file);
            wanted = strncmp(entry->d_name, file, strlen(file)) == 0;
        }
        if (!wanted)
            unlinkat(folder->directory, entry->d_name, 0);
    }
    closedir(directory);
}
