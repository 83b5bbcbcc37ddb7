#include "mentions/mention_list.h"
#include "mentions/companions.h"
#include "registry/name.h"
#include "registry/registry.h"
#include "registry/u_label.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Makes room for one more. */
static void *grow(void *array, size_t count, size_t *room, size_t size)
{
    size_t more = *room == 0 ? 64 : 2 * *room;
    void *larger;

    if (count < *room)
        return array;
    larger = reallocarray(array, more, size);
    if (larger != NULL)
        *room = more;
    return larger;
}

int mention_list_begin_file(struct mention_list *list, const char *path, bool others)
{
    char **files = grow(list->file, list->files, &list->files_room, sizeof *files);

    if (files != NULL)
        list->file = files;
    if (files == NULL || (files[list->files] = strdup(path)) == NULL) {
        list->error = -ENOMEM;
        return -ENOMEM;
    }
    list->files++;
    list->of_file = 0;
    list->others = others;
    return 0;
}

bool mention_list_is_full(const struct mention_list *list)
{
    return list->of_file == MENTIONS_OF_FILE_MAX || list->count == MENTIONS_MAX ||
           (list->others && list->of_others == MENTIONS_OF_OTHERS_MAX);
}

/* `of`: as struct mention has it. */
static void add_name(struct mention_list *list, struct piece piece, const char *of, unsigned line)
{
    struct mention *mention;

    if (list->error != 0 || mention_list_is_full(list))
        return;
    mention = grow(list->mention, list->count, &list->room, sizeof *mention);
    if (mention != NULL)
        list->mention = mention;
    if (mention == NULL || (mention[list->count].name = strndup(piece.text, piece.len)) == NULL) {
        list->error = -ENOMEM;
        return;
    }
    mention += list->count++;
    mention->of = of;
    mention->file = list->file[list->files - 1];
    mention->line = line;
    mention->again = false;
    list->of_file++;
    list->of_others += list->others;
}

/* `localhost.localdomain` and its like stand for this machine. */
static bool is_of_this_machine(const char *name, size_t len)
{
    static const char domain[] = ".localdomain";
    const size_t n = sizeof domain - 1;

    return len > n && memcmp(name + len - n, domain, n) == 0;
}

/* With its companions. */
static void add_if_asked(struct mention_list *list, const char *name, size_t len, unsigned line)
{
    const struct companions *companions = companions_find(name);
    struct piece rest, companion;

    if (name_check_private(name, len) != 0 || is_of_this_machine(name, len))
        return;
    add_name(list, (struct piece){name, len}, NULL, line);
    if (companions == NULL)
        return;
    rest = (struct piece){companions->names, strlen(companions->names)};
    while (next_word(&rest, &companion))
        add_name(list, companion, companions->of, line);
}

/* Words that stand where a host could; and no host of one label has a `_`. */
static bool may_be_short(const char *name)
{
    static const char words[] =
        "localhost localhost4 localhost6 ip6-localhost ip6-loopback none any "
        "all auto default direct disabled no off yes on true false null";

    return !piece_is_one_of((struct piece){name, strlen(name)}, words) && strchr(name, '_') == NULL;
}

void mention_list_add(struct mention_list *list, struct piece host, bool whole, unsigned line)
{
    char name[NAME_MAX_OCTETS + 1], searched[NAME_MAX_OCTETS + 2];
    int len = mention_list_is_full(list) ? 0 : u_label_normalise(host.text, host.len, name);

    if (len <= 0)
        return;
    if (memchr(name, '.', (size_t)len) != NULL) {
        add_if_asked(list, name, (size_t)len, line);
        return;
    }
    if (whole || !may_be_short(name))
        return;
    for (size_t at = 0; search_list_next(&list->search, &at, name, searched, sizeof searched);) {
        char normal[NAME_MAX_OCTETS + 1];

        len = u_label_normalise(searched, strlen(searched), normal);
        if (len > 0)
            add_if_asked(list, normal, (size_t)len, line);
    }
}

static int compare(const void *left, const void *right)
{
    const struct mention *a = left, *b = right;
    int r = strcmp(a->name, b->name);

    if (r == 0)
        r = strcmp(a->file, b->file);
    return r != 0 ? r : (a->line > b->line) - (a->line < b->line);
}

void mention_list_give(struct mention_list *list, const struct mentions_taker *taker)
{
    if (list->count > 0)
        qsort(list->mention, list->count, sizeof *list->mention, compare);
    for (size_t i = 0; i < list->count; i++) {
        struct mention *mention = &list->mention[i];

        if (i > 0 && compare(mention - 1, mention) == 0)
            continue;
        mention->again = i > 0 && strcmp(mention[-1].name, mention->name) == 0;
        taker->take(taker->user, mention);
    }
}

void mention_list_free(struct mention_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((char *)list->mention[i].name);
    for (size_t i = 0; i < list->files; i++)
        free(list->file[i]);
    free(list->mention);
    free(list->file);
}
