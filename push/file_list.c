#include "push/file_list.h"
#include "registry/manifest.h"
#include "registry/signature.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX "0123456789abcdefABCDEF"
#define SUFFIX "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* The octets between a beginning and an end, or NULL if the name has not both. */
static const char *between(const char *name, const char *first, const char *last, size_t *len)
{
    size_t all = strlen(name), begin = strlen(first), end = strlen(last);

    if (all < begin + end || memcmp(name, first, begin) != 0 ||
        memcmp(name + all - end, last, end) != 0)
        return NULL;
    *len = all - begin - end;
    return name + begin;
}

bool file_list_is_part(const char *name)
{
    const char *word;
    size_t len;

    if (strcmp(name, "manifest") == 0 || strcmp(name, "manifest.minisig") == 0 ||
        strcmp(name, "snapshot.gz") == 0)
        return true;
    word = between(name, "manifest.", ".minisig", &len);
    if (word != NULL)
        return len == KEY_ID_TEXT - 1 && strspn(word, HEX) == len;
    word = between(name, "delta-", ".gz", &len);
    return word != NULL && serial_parse(word, len) > 0;
}

bool file_list_is_beside(const char *name)
{
    const char *suffix;
    size_t len;

    if (strcmp(name, "index.html") == 0)
        return true;
    suffix = between(name, "HEAD.", "", &len);
    return suffix != NULL && len > 0 && len < FILE_NAME_OCTETS - sizeof "HEAD." &&
           strspn(suffix, SUFFIX ".") == len && suffix[0] != '.' && strcmp(suffix, "new") != 0;
}

int file_list_add(struct file_list *list, uint32_t serial, const char *name, uint64_t octets)
{
    struct listed *file;

    if (list->count == list->room) {
        size_t room = list->room > 0 ? 2 * list->room : 64;

        if (list->count >= FILE_LIST_MAX)
            return -EFBIG;
        file = reallocarray(list->file, room, sizeof *file);
        if (file == NULL)
            return -ENOMEM;
        list->file = file;
        list->room = room;
    }
    file = &list->file[list->count++];
    *file = (struct listed){.serial = serial, .octets = octets};
    snprintf(file->name, sizeof file->name, "%s", name);
    return 0;
}

int file_list_add_path(struct file_list *list, const char *path, uint64_t octets)
{
    const char *slash = strchr(path, '/');
    uint32_t serial;

    if (slash == NULL)
        return strcmp(path, "HEAD") == 0 || file_list_is_beside(path)
                   ? file_list_add(list, 0, path, octets)
                   : 0;
    serial = serial_parse(path, (size_t)(slash - path));
    return serial > 0 && file_list_is_part(slash + 1)
               ? file_list_add(list, serial, slash + 1, octets)
               : 0;
}

void file_list_path(const struct listed *file, char path[FILE_PATH_OCTETS])
{
    if (file->serial == 0)
        snprintf(path, FILE_PATH_OCTETS, "%s", file->name);
    else
        snprintf(path, FILE_PATH_OCTETS, "%" PRIu32 "/%s", file->serial, file->name);
}

static int compare(const void *one, const void *other)
{
    const struct listed *a = one, *b = other;

    if (a->serial != b->serial)
        return a->serial < b->serial ? -1 : 1;
    return strcmp(a->name, b->name);
}

void file_list_sort(struct file_list *list)
{
    if (list->count > 0)
        qsort(list->file, list->count, sizeof *list->file, compare);
}

const struct listed *file_list_find(const struct file_list *list, uint32_t serial, const char *name)
{
    struct listed key = {.serial = serial};

    snprintf(key.name, sizeof key.name, "%s", name);
    return list->count > 0 ? bsearch(&key, list->file, list->count, sizeof *list->file, compare)
                           : NULL;
}

static int compare_serial(const void *a, const void *b)
{
    const struct listed *one = a, *other = b;

    return (one->serial > other->serial) - (one->serial < other->serial);
}

bool file_list_has_serial(const struct file_list *list, uint32_t serial)
{
    const struct listed key = {.serial = serial};

    return list->count > 0 &&
           bsearch(&key, list->file, list->count, sizeof *list->file, compare_serial) != NULL;
}

uint64_t file_list_octets(const struct file_list *list)
{
    uint64_t octets = 0;

    for (size_t i = 0; i < list->count; i++)
        octets += list->file[i].octets;
    return octets;
}

char *file_list_lines(const struct file_list *list)
{
    char *lines = malloc(list->count * FILE_PATH_OCTETS + 1), *end = lines;

    if (lines == NULL)
        return NULL;
    for (size_t i = 0; i < list->count; i++) {
        file_list_path(&list->file[i], end);
        end += strlen(end);
        *end++ = '\n';
    }
    *end = '\0';
    return lines;
}

void file_list_free(struct file_list *list)
{
    free(list->file);
    *list = (struct file_list){.count = 0};
}
