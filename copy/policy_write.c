#include "copy/policy_write.h"
#include "base/file.h"
#include "copy/serials.h"
#include <cdb.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DOUBTS_SHIFT 8

/* What begins at a name: the octet of its rules, and above it that of its doubts. */
struct rules {
    const char *name;
    unsigned bits;
};

struct rule_list {
    unsigned count;
    struct rules *rules;
};

/* The file's, mapped. */
struct policy_octets {
    void *at;
    size_t len;
};

static unsigned count_names(const struct config_names *names)
{
    const char *name = NULL;
    unsigned count = 0;

    while ((name = config_names_next(names, name)) != NULL)
        count++;
    return count;
}

/* `below`: the rule of those with a `*.` in front. */
static void add_names(struct rule_list *list, const struct config_names *names, unsigned itself,
                      unsigned below)
{
    const char *name = NULL;

    while ((name = config_names_next(names, name)) != NULL) {
        bool star = name[0] == '*';

        list->rules[list->count++] = (struct rules){name + (star ? 2 : 0), star ? below : itself};
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct rules *)a)->name, ((const struct rules *)b)->name);
}

/* All that the configuration has, each name once, in order, so that the same rules make the same
 * octets. Returns 0 or -ENOMEM; free(list->rules). */
static int gather(const struct config *config, struct rule_list *list)
{
    unsigned count =
        count_names(&config->never) + count_names(&config->only) + count_names(&config->denied);
    unsigned kept = 0;

    for (unsigned i = 0; i < config->registries; i++)
        count += count_names(&config->registry[i].domains);
    list->count = 0;
    list->rules = calloc(count + 1, sizeof *list->rules);
    if (list->rules == NULL)
        return -ENOMEM;
    add_names(list, &config->never, RULE_NEVER, RULE_NEVER_BELOW);
    add_names(list, &config->only, RULE_ONLY, RULE_ONLY_BELOW);
    add_names(list, &config->denied, DOUBT << DOUBTS_SHIFT, DOUBT_BELOW << DOUBTS_SHIFT);
    for (unsigned i = 0; i < config->registries; i++)
        add_names(list, &config->registry[i].domains, (unsigned)RULE_DOMAIN << i, 0);
    qsort(list->rules, list->count, sizeof *list->rules, compare);
    for (unsigned i = 0; i < list->count; i++)
        if (kept > 0 && strcmp(list->rules[kept - 1].name, list->rules[i].name) == 0)
            list->rules[kept - 1].bits |= list->rules[i].bits;
        else
            list->rules[kept++] = list->rules[i];
    list->count = kept;
    return 0;
}

/* Returns the page's length. */
static unsigned make_page(const struct config *config, const struct rule_list *list,
                          unsigned char page[POLICY_PAGE_OCTETS])
{
    unsigned len = 3;

    page[0] = POLICY_FORMAT;
    page[1] = config->denied.octets > 0 ? POLICY_HAS_DOUBTS : 0;
    for (unsigned i = 0; i < list->count; i++)
        if ((unsigned char)list->rules[i].bits != 0)
            page[1] |= POLICY_HAS_RULES;
    if (config->only.octets > 0)
        page[1] |= POLICY_HAS_ONLY;
    page[2] = (unsigned char)config->registries;
    for (unsigned i = 0; i < config->registries; i++) {
        const struct config_registry *registry = &config->registry[i];
        size_t octets = registry->unnamed ? 0 : strlen(registry->name);

        page[len++] = (unsigned char)(octets | (registry->all_private ? POLICY_PRIVATE : 0));
        memcpy(page + len, registry->name, octets);
        len += (unsigned)octets;
    }
    if (list->count == 0)
        return len;
    memset(page + len, 0, POLICY_FILTER_OCTETS);
    for (unsigned i = 0; i < list->count; i++) {
        unsigned bit = policy_bit(list->rules[i].name, strlen(list->rules[i].name));

        page[len + bit / 8] |= (unsigned char)(1U << bit % 8);
    }
    return len + POLICY_FILTER_OCTETS;
}

static bool put(struct cdb_make *cdb, const void *key, size_t key_len, const void *value,
                size_t len)
{
    return cdb_make_add(cdb, key, (unsigned)key_len, value, (unsigned)len) == 0;
}

static bool put_rules(struct cdb_make *cdb, const struct rules *rules)
{
    unsigned char octet = (unsigned char)rules->bits;
    unsigned char doubts = (unsigned char)(rules->bits >> DOUBTS_SHIFT);
    char key[1 + NAME_MAX_OCTETS] = {POLICY_KEY_DOUBT};
    size_t len = strlen(rules->name);

    memcpy(key + 1, rules->name, len);
    return (octet == 0 || put(cdb, rules->name, len, &octet, 1)) &&
           (doubts == 0 || put(cdb, key, 1 + len, &doubts, 1));
}

static int fill(int fd, const struct config *config, const struct rule_list *list)
{
    /* It does not age. */
    static const unsigned char deadline[STORE_DEADLINE_OCTETS] = {0x7f, 0xff, 0xff, 0xff,
                                                                  0xff, 0xff, 0xff, 0xff};
    unsigned char page[POLICY_PAGE_OCTETS];
    unsigned len = make_page(config, list, page);
    struct cdb_make cdb;
    bool good;

    if (cdb_make_start(&cdb, fd) != 0)
        return errno != 0 ? -errno : -EIO;
    good = put(&cdb, (const char[]){POLICY_KEY_PAGE}, 1, page, len) &&
           put(&cdb, (const char[]){STORE_KEY_DEADLINE}, 1, deadline, sizeof deadline);
    for (unsigned i = 0; good && i < list->count; i++)
        good = put_rules(&cdb, &list->rules[i]);
    if (cdb_make_finish(&cdb) != 0 || !good)
        return errno != 0 ? -errno : -EIO;
    return 0;
}

/* Writes the new file's octets to `fd` and maps them. Returns 0 or -errno. */
static int build_in(int fd, const struct config *config, struct policy_octets *octets)
{
    struct rule_list list;
    struct stat st;
    int r = gather(config, &list);

    if (r == 0) {
        r = fill(fd, config, &list);
        free(list.rules);
    }
    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0)
        return -errno;
    octets->len = (size_t)st.st_size;
    octets->at = mmap(NULL, octets->len, PROT_READ, MAP_PRIVATE, fd, 0);
    return octets->at == MAP_FAILED ? -errno : 0;
}

static int build(const struct config *config, struct policy_octets *octets)
{
    int fd = memfd_create(POLICY_FILE, MFD_CLOEXEC), r;

    if (fd < 0)
        return -errno;
    r = build_in(fd, config, octets);
    close(fd);
    return r;
}

static bool is_same(int directory, const struct policy_octets *octets)
{
    char *old = malloc(octets->len + 1);
    int r = old != NULL ? file_read_unlinked(directory, POLICY_FILE, old, octets->len + 1) : -1;
    bool same = r >= 0 && (size_t)r == octets->len && memcmp(old, octets->at, octets->len) == 0;

    free(old);
    return same;
}

bool policy_is_needed(int directory, const struct config *config)
{
    static const char *const traces[] = {POLICY_FILE, POLICY_FILE NEW_SUFFIX, REGISTRIES_FOLDER};
    bool needed = config->registries > 1 || !config->registry[0].unnamed ||
                  config->never.octets > 0 || config->only.octets > 0 ||
                  config->denied.octets > 0 || config->registry[0].all_private;

    for (size_t i = 0; !needed && i < sizeof traces / sizeof *traces; i++)
        needed = faccessat(directory, traces[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    return needed;
}

int policy_write(int directory, const struct config *config)
{
    struct policy_octets octets;
    int r;

    if (!policy_is_needed(directory, config))
        return 0;
    r = build(config, &octets);
    if (r < 0)
        return r;
    if (!is_same(directory, &octets))
        r = file_replace(directory, POLICY_FILE, octets.at, octets.len, 0644);
    munmap(octets.at, octets.len);
    return r;
}

int policy_is_written(int directory, const struct config *config)
{
    struct policy_octets octets;
    int r;

    if (!policy_is_needed(directory, config))
        return 1;
    r = build(config, &octets);
    if (r < 0)
        return r;
    r = is_same(directory, &octets);
    munmap(octets.at, octets.len);
    return r;
}
