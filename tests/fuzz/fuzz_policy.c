/* Configurations and policies. By the first octet: a policy of arbitrary octets in front of four
 * stores; a configuration of arbitrary text; lists and domains of short names, where what the
 * policy says of each name is what the lists say, read one by one. */
#include "base/error.h"
#include "copy/policy_write.h"
#include "copy/stores.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/registries_lab.h"

#define LABELS_MAX 4

static const char *const registries[] = {"", "corp", "local", "top"};
enum { REGISTRIES = sizeof registries / sizeof *registries };

static struct scratch scratch;
static struct config config;
static char config_path[PATH_MAX];

static void remove_folder(void)
{
    scratch_close(&scratch);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char text[64];

    (void)argc, (void)argv;
    scratch_open(&scratch);
    for (int i = 0; i < REGISTRIES; i++) {
        snprintf(text, sizeof text, "a.b 8.8.8.%d\n%c.a.b 8.8.9.%d\n", i, 'a' + i, i);
        put_registry(&scratch, registries[i], text, 4000000000);
    }
    strcpy(config_path, scratch_path(&scratch, "gitdns.conf"));
    require(atexit(remove_folder) == 0, "atexit");
    return 0;
}

/* What is found is of the first registry that may answer it. */
static void find(const struct stores *stores, const char *name)
{
    struct record_copy copy;
    struct record record;
    unsigned place = 0;

    if (stores_find(stores, name, strlen(name), 1, &copy, &record, &place) != 1)
        return;
    require(place < stores->policy.count, "one of them");
    require(policy_answers(&stores->policy, name, strlen(name), place), "it may");
    for (unsigned i = 0; i < place; i++)
        require(stores->store[i].stamp == 0 ||
                    store_find(&stores->store[i], name, strlen(name), &copy, &record) != 1 ||
                    !policy_answers(&stores->policy, name, strlen(name), i),
                "none before it");
}

static void try_octets(const uint8_t *data, size_t size)
{
    struct stores stores;

    scratch_write(&scratch, POLICY_FILE, data, size);
    if (stores_open(&stores, scratch.path, NULL) != 0)
        return;
    for (unsigned i = 0; i < stores.policy.count; i++)
        require(strlen(stores.policy.name[i]) <= REGISTRY_NAME_MAX, "a name");
    find(&stores, "a.b");
    find(&stores, "c.a.b");
    stores_close(&stores);
}

static void try_text(const uint8_t *data, size_t size)
{
    char error[MESSAGE_OCTETS] = "";

    scratch_write(&scratch, "gitdns.conf", data, size);
    if (config_load(&config, config_path, error) != 0) {
        require(strncmp(error, config_path, strlen(config_path)) == 0, "the file is named");
        return;
    }
    require(config.registries >= 1 && config.registries <= POLICY_REGISTRIES_MAX, "registries");
    for (unsigned i = 0; i < config.registries; i++) {
        const struct config_registry *registry = &config.registry[i];

        require(config_find(&config, registry->name) == registry, "each name once");
        require(registry->urls > 0 && registry->keys > 0 && registry->interval >= 60 &&
                    registry->keep > 0 && registry->max_octets > 0,
                "complete");
        require(registry->private || registry->domains.octets == 0, "domains");
    }
    require(policy_write(scratch.directory, &config) == 0, "it can be written");
}

/* A name of the labels a, b, c, d: how many, and two bits for each, the lowest for the first. */
struct name {
    unsigned labels, bits;
};

/* The domain that it lies in; at last one without labels. */
static struct name above(struct name name)
{
    return (struct name){name.labels - 1, name.bits >> 2};
}

/* Returns how many octets tell it. */
static size_t take_name(const uint8_t *data, size_t size, struct name *name)
{
    name->labels = data[0] % LABELS_MAX + 1;
    name->bits = 0;
    for (unsigned i = 0; i < name->labels && i + 1 < size; i++)
        name->bits |= (data[i + 1] & 3U) << 2 * i;
    return name->labels + 1;
}

static void format_name(struct name name, char text[2 * LABELS_MAX])
{
    for (; name.labels > 0; name = above(name)) {
        *text++ = (char)('a' + (name.bits & 3));
        *text++ = name.labels > 1 ? '.' : '\0';
    }
}

/* The lists once more, as what is said of each name and of those below it. */
enum { NEVER, ONLY, DOMAINS, LISTS = DOMAINS + REGISTRIES };
static struct said {
    bool itself, below;
} said[LISTS][LABELS_MAX + 1][1 << 2 * LABELS_MAX];

static bool matches(unsigned list, struct name name)
{
    bool found = said[list][name.labels][name.bits].itself;

    while (!found && name.labels > 0) {
        name = above(name);
        found = said[list][name.labels][name.bits].below;
    }
    return found;
}

/* Labels of the longest domain of the registry that the name lies in; 0: none. */
static unsigned domain_of(unsigned registry, struct name name)
{
    while (name.labels > 0 && !said[DOMAINS + registry][name.labels][name.bits].itself)
        name = above(name);
    return name.labels;
}

static enum policy_verdict expect(struct name name, unsigned place)
{
    unsigned longest = 0;

    if (matches(NEVER, name))
        return POLICY_NEVER;
    if (config.only.octets > 0 && !matches(ONLY, name))
        return POLICY_NOT_ONLY;
    for (unsigned i = 0; i < REGISTRIES; i++)
        if (domain_of(i, name) > longest)
            longest = domain_of(i, name);
    return longest == domain_of(place, name) ? POLICY_ANSWERS : POLICY_DOMAIN;
}

/* Each octet says to which list the name that follows goes. */
static void make_lists(const uint8_t *data, size_t size)
{
    list_registries(&config, ",corp,local,top");
    config.never.octets = config.only.octets = 0;
    memset(said, 0, sizeof said);
    for (size_t at = 0; at + 1 < size;) {
        unsigned list = data[at] % LISTS;
        struct config_names *names = list == NEVER  ? &config.never
                                     : list == ONLY ? &config.only
                                                    : &config.registry[list - DOMAINS].domains;
        char value[2 + 2 * LABELS_MAX] = "*.";
        bool star = list < DOMAINS && data[at] >= 128;
        const char *fault;
        struct said *what;
        struct name name;
        size_t len;

        at += 1 + take_name(data + at + 1, size - at - 1, &name);
        format_name(name, value + 2);
        if (config_names_add(names, star ? value : value + 2, true, &fault, &len) != 0)
            continue;
        what = &said[list][name.labels][name.bits];
        what->itself = what->itself || !star;
        what->below = what->below || star;
    }
}

static void check_name(const struct policy *policy, struct name name)
{
    char text[2 * LABELS_MAX];

    format_name(name, text);
    for (unsigned place = 0; place < REGISTRIES; place++)
        require((policy->has != 0 ? policy_judge(policy, text, strlen(text), place)
                                  : POLICY_ANSWERS) == expect(name, place),
                "what the lists say");
}

/* All names that there are. */
static void try_lists(const uint8_t *data, size_t size)
{
    struct policy policy;
    struct name name;

    make_lists(data, size);
    require(policy_write(scratch.directory, &config) == 0, "written");
    require(policy_open(&policy, scratch.directory, NULL) == 0, "read");
    for (name.labels = 1; name.labels <= LABELS_MAX; name.labels++)
        for (name.bits = 0; name.bits < 1U << 2 * name.labels; name.bits++)
            check_name(&policy, name);
    policy_close(&policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] % 3 == 0)
        try_octets(data + 1, size - 1);
    else if (data[0] % 3 == 1)
        try_text(data + 1, size - 1);
    else
        try_lists(data + 1, size - 1);
    return 0;
}
