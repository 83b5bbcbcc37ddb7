#include "fetch/local_file.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of what has been looked at through the descriptor `seen`. To open a device can be to use it, and
 * whose folder it is may have put a link to one there. Returns a descriptor or -errno. */
static int open_seen(int seen)
{
    char path[sizeof "/proc/self/fd/" + 10];
    struct stat st;
    int fd;

    if (fstat(seen, &st) < 0)
        return -errno;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    /* proc(5): so say its files, of which some wait as a FIFO does; a registry has no empty one. */
    if (st.st_size == 0)
        return -ENODATA;
    snprintf(path, sizeof path, "/proc/self/fd/%d", seen);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int local_file_open(const char *url)
{
    CURLU *parts = curl_url();
    char *path = NULL;
    int fd = -EINVAL, r;

    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_PATH, &path, CURLU_URLDECODE) == CURLUE_OK) {
        fd = open(path, O_PATH | O_CLOEXEC);
        fd = fd < 0 ? -errno : fd;
    }
    curl_free(path);
    curl_url_cleanup(parts);
    if (fd < 0)
        return fd;
    r = open_seen(fd);
    close(fd);
    return r;
}
