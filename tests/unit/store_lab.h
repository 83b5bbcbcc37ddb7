/* For tests of a store: one of four names, and what is read from it. */
#ifndef TESTS_STORE_LAB_H
#define TESTS_STORE_LAB_H

#include "copy/store_read.h"
#include "tests/unit/scratch_lab.h"
#include <sys/mman.h>

#define TEXT                                                                                       \
    "a 10.0.0.1\n"                                                                                 \
    "example.com 8.8.8.8 9.9.9.9 2606:4700::1\n"                                                   \
    "www.example.com 8.8.8.8 cname=example.com\n"                                                  \
    "six.example.org 2606:4700::2 2606:4700::3\n"
#define DEADLINE 4000000000

/* A mapping of these octets. Returns store_map's. */
static inline int map(struct store *store, const void *octets, size_t len)
{
    int fd = memfd_create("test", MFD_CLOEXEC), r;

    assert_int_equal(write(fd, octets, len), len);
    r = store_map(store, fd);
    close(fd);
    return r;
}

static inline char *walk(const struct store *store, int *code)
{
    static char text[65536];
    unsigned position = 0;
    struct record_copy copy;
    struct record record;
    size_t len = 0;

    while ((*code = store_next(store, &position, &copy, &record)) == 1 &&
           len < sizeof text - TEXT_LINE_MAX)
        len += text_format(&record, text + len);
    text[len] = '\0';
    return text;
}

#endif
