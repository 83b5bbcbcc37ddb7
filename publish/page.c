#include "publish/page.h"
#include "base/error.h"
#include "base/file.h"
#include "publish/page_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE "index.html"
/* The first lines of page.html, by which a page is ours. */
#define MARK_LINES 2
/* No page of ours is larger. */
#define PAGE_MAX (256 * 1024)
#define BASE64 sodium_base64_VARIANT_ORIGINAL
/* A key as minisign has it: `Ed`, its id, itself. */
#define KEY_OCTETS 42

static struct page_part mark(void)
{
    struct page_part html = page_part(PAGE_HTML);
    const char *p = html.text;

    for (int i = 0; i < MARK_LINES; i++)
        p = (const char *)memchr(p, '\n', html.len - (size_t)(p - html.text)) + 1;
    html.len = (size_t)(p - html.text);
    return html;
}

static void put_part(FILE *out, enum page_part_name name)
{
    struct page_part part = page_part(name);

    fwrite(part.text, 1, part.len, out);
}

/* As a Content-Security-Policy has it: a browser takes these octets, and no others. */
static void put_hash(FILE *out, enum page_part_name name)
{
    struct page_part part = page_part(name);
    unsigned char sha256[SHA256_OCTETS];
    char text[sodium_base64_ENCODED_LEN(sizeof sha256, BASE64)];

    crypto_hash_sha256(sha256, (const unsigned char *)part.text, part.len);
    fprintf(out, "sha256-%s", sodium_bin2base64(text, sizeof text, sha256, sizeof sha256, BASE64));
}

static void put_settings(FILE *out, const struct page *page)
{
    for (unsigned i = 0; i < page->keys->count; i++) {
        const struct key *key = &page->keys->key[i];
        unsigned char octets[KEY_OCTETS] = "Ed";
        char text[sodium_base64_ENCODED_LEN(KEY_OCTETS, BASE64)];

        memcpy(octets + 2, key->id, sizeof key->id);
        memcpy(octets + 2 + sizeof key->id, key->public, sizeof key->public);
        fprintf(out, "key = <span class=\"key\">%s</span>\n",
                sodium_bin2base64(text, sizeof text, octets, sizeof octets, BASE64));
    }
    if (page->private != PAGE_PUBLIC)
        fprintf(out, "private = %s\n", page->private == PAGE_ALL ? "yes" : "some");
}

/* What stands for {{`name`}}. A registry's name and base64 have nothing that means anything in
 * HTML. */
static void put_field(FILE *out, const char *name, size_t len, const struct page *page)
{
    static const struct {
        const char *name;
        void (*put)(FILE *out, enum page_part_name part);
        enum page_part_name part;
    } field[] = {
        {"style", put_part, PAGE_STYLE},        {"plot", put_part, PAGE_PLOT},
        {"script", put_part, PAGE_SCRIPT},      {"worker", put_part, PAGE_WORKER},
        {"style-hash", put_hash, PAGE_STYLE},   {"plot-hash", put_hash, PAGE_PLOT},
        {"script-hash", put_hash, PAGE_SCRIPT},
    };

    if (len == strlen("name") && memcmp(name, "name", len) == 0)
        fputs(page->name, out);
    else if (len == strlen("settings") && memcmp(name, "settings", len) == 0)
        put_settings(out, page);
    else
        for (size_t i = 0; i < sizeof field / sizeof *field; i++)
            if (len == strlen(field[i].name) && memcmp(name, field[i].name, len) == 0)
                field[i].put(out, field[i].part);
}

/* Returns 0 and the text, or -ENOMEM; it is to be freed either way. */
static int make(const struct page *page, char **text, size_t *len)
{
    struct page_part html = page_part(PAGE_HTML);
    const char *p = html.text, *end = html.text + html.len, *field;
    FILE *out = open_memstream(text, len);
    bool failed;

    if (out == NULL)
        return -ENOMEM;
    while ((field = memmem(p, (size_t)(end - p), "{{", 2)) != NULL) {
        const char *after = memmem(field, (size_t)(end - field), "}}", 2);

        fwrite(p, 1, (size_t)(field - p), out);
        put_field(out, field + 2, (size_t)(after - field - 2), page);
        p = after + 2;
    }
    fwrite(p, 1, (size_t)(end - p), out);
    failed = ferror(out) != 0;
    return fclose(out) == 0 && !failed ? 0 : -ENOMEM;
}

/* Reads what is there. Returns its length, E_PAGE_OTHERS with the problem, or -ENOENT. */
static int read_ours(const struct tree *tree, char *text, struct problem *problem)
{
    struct page_part ours = mark();
    int len = owned_read_file(tree->fd, PAGE, text, PAGE_MAX);

    if (len == -ENOENT || (len >= (int)ours.len && memcmp(text, ours.text, ours.len) == 0))
        return len;
    return problem_set(
        problem, E_PAGE_OTHERS, "%s/" PAGE ": %s; left alone, see --no-page", tree->path,
        len < 0 && len != E_FILE_LONG ? error_text(len) : "not made by gitdns-publish");
}

int page_put(const struct tree *tree, const struct page *page, bool *fresh, struct problem *problem)
{
    char *there = malloc(PAGE_MAX), *text = NULL;
    size_t len = 0;
    int r = there == NULL ? -ENOMEM : make(page, &text, &len), old = 0;

    *fresh = false;
    if (r == 0) {
        old = read_ours(tree, there, problem);
        *fresh = old == -ENOENT;
        if (old == E_PAGE_OTHERS)
            r = old;
        else if (old != (int)len || memcmp(there, text, len) != 0)
            r = file_replace(tree->fd, PAGE, text, len, 0644);
    }
    free(there);
    free(text);
    return r == 0 || r == E_PAGE_OTHERS
               ? r
               : problem_set(problem, r, "%s/" PAGE ": %s", tree->path, error_text(r));
}

int page_remove(const struct tree *tree, struct problem *problem)
{
    char *there = malloc(PAGE_MAX);
    struct problem ignored;
    int r = there == NULL ? -ENOMEM : 0;

    if (r == 0 && read_ours(tree, there, &ignored) >= 0 && unlinkat(tree->fd, PAGE, 0) < 0)
        r = -errno;
    free(there);
    return r == 0 ? 0 : problem_set(problem, r, "%s/" PAGE ": %s", tree->path, error_text(r));
}
