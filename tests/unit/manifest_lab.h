/* For tests of manifests: a whole one, line by line. */
#ifndef TESTS_MANIFEST_LAB_H
#define TESTS_MANIFEST_LAB_H

#include "base/error.h"
#include "registry/manifest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HASH_A "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH_B "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum {
    FORMAT,
    NAME,
    SERIAL,
    PARENT,
    CREATED,
    EXPIRES,
    NAMES,
    TEXT,
    SNAPSHOT,
    DELTA,
    DELTA_2,
    LINES
};

static const char *const example[LINES] = {
    "gitdns registry 1",
    "name top-sites",
    "serial 42",
    "parent 41 " HASH_A,
    "created 2026-11-16T00:00:00Z",
    "expires 2027-01-15T00:00:00Z",
    "names 1000000",
    "text 31457280 " HASH_B,
    "snapshot 9437184 " HASH_A,
    "delta 41 123456 " HASH_B,
    "delta 39 234567 " HASH_A,
};

static inline size_t join(const char *const *lines, unsigned count, char *text)
{
    size_t len = 0;

    for (unsigned i = 0; i < count; i++)
        len += (size_t)sprintf(text + len, "%s\n", lines[i]);
    return len;
}

static inline void check(const char *text, size_t len, int want, unsigned want_line)
{
    struct manifest manifest;
    unsigned line = 0;
    int got = manifest_parse(text, len, &manifest, &line);

    if (got != want || (want < 0 && line != want_line))
        fail_msg("%s on line %u, not %s on line %u, of:\n%.*s", error_text(got), line,
                 error_text(want), want_line, (int)len, text);
}

#endif
