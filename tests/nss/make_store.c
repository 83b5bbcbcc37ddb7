/* make_store DIRECTORY SECONDS [NAME] < TEXT
 *
 * Makes DIRECTORY/registry.cdb, or that of the registry NAME in its folder, of a registry text
 * without a publisher, keys or a network; the signature in it is none. It may be used for SECONDS
 * from now; negative: it is too old already. */
#include "base/error.h"
#include "copy/copy.h"
#include "copy/policy.h"
#include "copy/serials.h"
#include "copy/store_write.h"
#include "registry/manifest.h"
#include "registry/text.h"
#include <err.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY (24 * 60 * 60)

static void check(int r, const char *what)
{
    if (r < 0)
        errx(1, "%s: %s", what, error_text(r));
}

static void read_all(char **text, size_t *len)
{
    size_t room = 1 << 20, got;

    *text = malloc(room);
    *len = 0;
    while (*text != NULL && (got = fread(*text + *len, 1, room - *len, stdin)) > 0) {
        *len += got;
        if (*len == room)
            *text = realloc(*text, room *= 2);
    }
    if (*text == NULL || ferror(stdin))
        err(1, "standard input");
}

/* Each line of the text as a record into the writer, or only counted where that is NULL. */
static uint64_t each_record(const char *text, size_t len, struct store_writer *writer)
{
    struct text_reader reader = {.private = true};
    const char *end = text + len, *stop;
    uint64_t names = 0;

    for (const char *line = text; line < end; line = stop + 1, names++) {
        struct record record;

        stop = memchr(line, '\n', (size_t)(end - line));
        if (stop == NULL)
            errx(1, "last line has no end");
        check(text_parse(&reader, line, (size_t)(stop - line), &record), "text");
        if (writer != NULL)
            check(store_writer_add(writer, &record), "store_writer_add");
    }
    return names;
}

int main(int argc, char **argv)
{
    static const char signature[] = "untrusted comment: none\n";
    static char manifest_text[MANIFEST_MAX_OCTETS];
    struct manifest manifest = {.name = "test", .serial = 1, .snapshot_octets = 1};
    struct store_meta meta = {.manifest = &manifest,
                              .manifest_text = manifest_text,
                              .signature = signature,
                              .signature_len = strlen(signature)};
    struct store_writer *writer;
    char *text;
    size_t len;
    int directory, r;

    if (argc != 3 && argc != 4)
        return 2;
    directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        err(1, "%s", argv[1]);
    if (argc == 4) {
        directory = serials_make_folder(directory, REGISTRIES_FOLDER);
        check(directory, REGISTRIES_FOLDER);
        directory = serials_make_folder(directory, argv[3]);
        check(directory, argv[3]);
    }
    read_all(&text, &len);
    meta.deadline = time(NULL) + atoll(argv[2]);
    manifest.created = meta.deadline - DAY;
    manifest.expires = meta.deadline;
    manifest.names = each_record(text, len, NULL);
    manifest.text_octets = len;
    crypto_hash_sha256(manifest.text_sha256, (const unsigned char *)text, len);
    r = manifest_format(&manifest, manifest_text);
    check(r, "manifest");
    meta.manifest_len = (size_t)r;
    check(store_writer_open(&writer, directory, STORE_FILE, &meta), argv[1]);
    each_record(text, len, writer);
    check(store_writer_install(writer), argv[1]);
    store_writer_close(writer);
    free(text);
    return 0;
}
