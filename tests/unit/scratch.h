/* For tests: a folder of their own, files and stores in it. What fails here ends the test. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include "copy/copy.h"
#include "copy/store_write.h"
#include "registry/manifest.h"
#include "registry/text.h"
#include <err.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct scratch {
    char path[PATH_MAX];
    int directory;
};

/* In TMPDIR, or /tmp. */
static inline void scratch_open(struct scratch *s)
{
    const char *base = getenv("TMPDIR");

    snprintf(s->path, sizeof s->path, "%s/gitdns-test.XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(s->path) == NULL)
        err(1, "%s", s->path);
    s->directory = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->directory < 0)
        err(1, "%s", s->path);
}

static inline int scratch_remove(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static inline void scratch_close(struct scratch *s)
{
    close(s->directory);
    nftw(s->path, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* A path in the folder; good until the next call. */
static inline const char *scratch_path(const struct scratch *s, const char *name)
{
    static char path[2 * PATH_MAX];

    snprintf(path, sizeof path, "%s/%s", s->path, name);
    return path;
}

/* A new file of these octets in place of what has that name. */
static inline void scratch_write(const struct scratch *s, const char *name, const void *data,
                                 size_t len)
{
    const char *path = scratch_path(s, name);
    int fd;

    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, data, len) != (ssize_t)len || close(fd) < 0)
        err(1, "%s", path);
}

/* The file's octets and a NUL; the caller frees. */
static inline char *scratch_read(const struct scratch *s, const char *name, size_t *len)
{
    const char *path = scratch_path(s, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *data;

    if (fd < 0 || fstat(fd, &st) < 0)
        err(1, "%s", path);
    *len = (size_t)st.st_size;
    data = malloc(*len + 1);
    if (data == NULL || read(fd, data, *len) != st.st_size)
        err(1, "%s", path);
    data[*len] = '\0';
    close(fd);
    return data;
}

/* The manifest that vouches for the registry text. */
static inline void scratch_manifest(const char *text, struct manifest *manifest)
{
    *manifest = (struct manifest){.name = "test",
                                  .serial = 1,
                                  .created = 1,
                                  .expires = 2,
                                  .text_octets = strlen(text),
                                  .snapshot_octets = 1};
    for (const char *p = text; *p != '\0'; p++)
        manifest->names += *p == '\n';
    crypto_hash_sha256(manifest->text_sha256, (const unsigned char *)text, strlen(text));
}

/* Makes and installs a store of the text as a client would. Returns what the writer's functions
 * do; a line that text_parse refuses ends the test. */
static inline int scratch_install(int directory, const char *text, const struct manifest *manifest,
                                  int64_t deadline)
{
    static const char signature[] = "untrusted comment: none\n";
    char page[MANIFEST_MAX_OCTETS];
    struct store_meta meta = {.manifest = manifest,
                              .manifest_text = page,
                              .manifest_len = (size_t)manifest_format(manifest, page),
                              .signature = signature,
                              .signature_len = strlen(signature),
                              .deadline = deadline};
    struct text_reader reader = {.private = true};
    struct store_writer *writer;
    int r = store_writer_open(&writer, directory, STORE_FILE, &meta);

    for (const char *end; r == 0 && *text != '\0'; text = end + 1) {
        struct record record;

        end = strchrnul(text, '\n');
        if (text_parse(&reader, text, (size_t)(end - text), &record) < 0)
            errx(1, "not a line of a registry: %.*s", (int)(end - text), text);
        r = store_writer_add(writer, &record);
    }
    if (r == 0)
        r = store_writer_install(writer);
    store_writer_close(writer);
    return r;
}

/* A good store of the text, or the test ends. */
static inline void scratch_store(const struct scratch *s, const char *text, int64_t deadline)
{
    struct manifest manifest;

    scratch_manifest(text, &manifest);
    if (scratch_install(s->directory, text, &manifest, deadline) < 0)
        errx(1, "cannot make a store in %s", s->path);
}

#endif
