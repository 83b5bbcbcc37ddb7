#include "publish/options.h"
#include "publish/list_url.h"
#include "publish/names.h"
#include "publish/restore.h"
#include "registry/manifest.h"
#include "registry/name.h"
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

struct known {
    const char *name;
    /* Takes the value in. Returns 0 or a negative code and the problem. */
    int (*set)(struct publish_options *options, const struct known *known, const char *value,
               struct problem *problem);
    size_t field; /* of struct publish_options */
    int64_t least, most;
    const char *fault; /* why a value will not do */
    bool flag;         /* takes no value */
    bool repeats;      /* each value counts; else the last one */
    bool asking;       /* only with --names */
};

static int fail(const struct known *known, const char *fault, struct problem *problem)
{
    return problem_set(problem, -EINVAL, "--%s: %s", known->name, fault);
}

static void store(struct publish_options *options, const struct known *known, const void *value,
                  size_t octets)
{
    memcpy((char *)options + known->field, value, octets);
}

static int set_text(struct publish_options *options, const struct known *known, const char *value,
                    struct problem *problem)
{
    (void)problem;
    store(options, known, &value, sizeof value);
    return 0;
}

/* `hold` is set later, as it does not repeat. */
static int add_list(struct publish_options *options, const struct known *known, const char *value,
                    struct problem *problem)
{
    const char *fault = list_url_is(value) ? list_url_fault(value) : NULL;

    if (fault == NULL && options->lists.count == LISTS_MAX)
        fault = "too many";
    if (fault != NULL)
        return problem_set(problem, -EINVAL, "--%s: %s: %s", known->name, value, fault);
    options->lists.source[options->lists.count++] = value;
    options->hold = HOLD_DEFAULT;
    return 0;
}

static int add_private_list(struct publish_options *options, const struct known *known,
                            const char *value, struct problem *problem)
{
    int r = add_list(options, known, value, problem);

    if (r == 0)
        options->lists.private[options->lists.count - 1] = true;
    return r;
}

static int add_prove_list(struct publish_options *options, const struct known *known,
                          const char *value, struct problem *problem)
{
    struct prove_list *list = (struct prove_list *)(void *)((char *)options + known->field);

    if (list->count == LISTS_MAX)
        return fail(known, "too many", problem);
    list->file[list->count++] = value;
    return 0;
}

static int set_flag(struct publish_options *options, const struct known *known, const char *value,
                    struct problem *problem)
{
    const bool yes = true;

    (void)value, (void)problem;
    store(options, known, &yes, sizeof yes);
    return 0;
}

static int set_number(struct publish_options *options, const struct known *known, const char *value,
                      struct problem *problem)
{
    const char *rest = value;
    int64_t number = number_parse(value, &rest);
    unsigned small = (unsigned)number;

    if (number < known->least || number > known->most || *rest != '\0')
        return problem_set(problem, -EINVAL, "--%s: not a number of up to %" PRId64, known->name,
                           known->most);
    store(options, known, &small, sizeof small);
    return 0;
}

static int set_time(struct publish_options *options, const struct known *known, const char *value,
                    struct problem *problem)
{
    int64_t seconds = duration_parse(value, "smhdw");

    if (seconds < known->least || seconds > known->most)
        return fail(known, known->fault, problem);
    store(options, known, &seconds, sizeof seconds);
    return 0;
}

static int set_serial(struct publish_options *options, const struct known *known, const char *value,
                      struct problem *problem)
{
    uint32_t serial = serial_parse(value, strlen(value));

    if (serial == 0)
        return fail(known, known->fault, problem);
    store(options, known, &serial, sizeof serial);
    return 0;
}

static int add_path(const char **list, unsigned *count, const char *path, struct problem *problem)
{
    if (*count == SIGNERS_MAX)
        return problem_set(problem, -ENOSPC, "--key, --pubkey: too many");
    list[(*count)++] = path;
    return 0;
}

static int add_key(struct publish_options *options, const struct known *known, const char *value,
                   struct problem *problem)
{
    (void)known;
    return add_path(options->signers.secret, &options->signers.secrets, value, problem);
}

static int add_pubkey(struct publish_options *options, const struct known *known, const char *value,
                      struct problem *problem)
{
    (void)known;
    return add_path(options->signers.pubkey, &options->signers.pubkeys, value, problem);
}

static int add_resolver(struct publish_options *options, const struct known *known,
                        const char *value, struct problem *problem)
{
    int r = resolvers_add(&options->resolve.resolvers, value);

    return r < 0 ? fail(known, r == -ENOSPC ? "too many" : "not an address", problem) : 0;
}

static int set_restore(struct publish_options *options, const struct known *known,
                       const char *value, struct problem *problem)
{
    return restore_is_url(value) ? set_text(options, known, value, problem)
                                 : fail(known, known->fault, problem);
}

#define FIELD(name) .field = offsetof(struct publish_options, name)

static const struct known table[] = {
    {"to", set_text, FIELD(to)},
    {"name", set_text, FIELD(name)},
    {"key", add_key, .repeats = true},
    {"hosts", set_text, FIELD(hosts)},
    {"names", add_list, .repeats = true},
    {"private-names", add_private_list, .repeats = true},
    {"revert", set_serial, FIELD(revert), .fault = "not a serial"},
    {"restore", set_restore, FIELD(restore), .fault = "not an http, https or file URL"},
    {"after", set_text, FIELD(after)},
    {"pubkey", add_pubkey, .repeats = true},
    {"valid", set_time, FIELD(valid), 1, VALID_MAX,
     "not a time of up to " VALID_MAX_TEXT ", such as 60d"},
    {"private", set_flag, FIELD(private), .flag = true},
    {"hold", set_number, FIELD(hold), 0, HOLD_MAX},
    {"resolver", add_resolver, .repeats = true, .asking = true},
    {"rate", set_number, FIELD(resolve.rate), 0, RATE_MAX, .asking = true},
    {"parallel", set_number, FIELD(resolve.parallel), 1, PARALLEL_MAX, .asking = true},
    {"top", set_number, FIELD(lists.top), 1, NAMES_MAX, .asking = true},
    {"www", set_flag, FIELD(www), .flag = true, .asking = true},
    {"samples", set_number, FIELD(resolve.samples), 1, SAMPLES_MAX, .asking = true},
    {"every", set_time, FIELD(resolve.every), 1, VALID_MAX, "not a time, such as 4h",
     .asking = true},
    {"prove", set_flag, FIELD(prove.all), .flag = true, .asking = true},
    {"prove-names", add_prove_list, FIELD(prove.names), .repeats = true, .asking = true},
    {"require", add_prove_list, FIELD(prove.require), .repeats = true, .asking = true},
    {"siblings", set_number, FIELD(prove.siblings), 0, SIBLINGS_MAX, .asking = true},
    {"force", set_flag, FIELD(force), .flag = true},
    {"any-clock", set_flag, FIELD(any_clock), .flag = true},
    {"no-page", set_flag, FIELD(no_page), .flag = true},
    {"show-skipped", set_flag, FIELD(show_skipped), .flag = true},
    {"help", NULL, .flag = true},
    {"version", NULL, .flag = true},
};

#define KNOWN (sizeof table / sizeof *table)

/* Takes the words in: the values of the table's options, the last one of each; those that repeat
 * are set at once. */
static enum options_wish read_words(int argc, char **argv, const char *given[KNOWN],
                                    struct publish_options *options, struct problem *problem)
{
    struct option words[KNOWN + 1] = {{0}};
    int i;

    for (i = 0; i < (int)KNOWN; i++)
        words[i] = (struct option){table[i].name, table[i].flag ? no_argument : required_argument,
                                   NULL, i};
    while ((i = getopt_long(argc, argv, "", words, NULL)) != -1) {
        if (i >= (int)KNOWN)
            return OPTIONS_WRONG;
        if (table[i].set == NULL)
            return strcmp(table[i].name, "help") == 0 ? OPTIONS_HELP : OPTIONS_VERSION;
        given[i] = table[i].flag ? "" : optarg;
        if (table[i].repeats && table[i].set(options, &table[i], given[i], problem) < 0)
            return OPTIONS_WRONG;
    }
    if (optind == argc)
        return OPTIONS_RUN;
    problem_set(problem, -EINVAL, "%s: not an option", argv[optind]);
    return OPTIONS_WRONG;
}

static unsigned count_standard_input(const char *const *path, unsigned paths)
{
    unsigned count = 0;

    for (unsigned i = 0; i < paths; i++)
        count += path[i] != NULL && strcmp(path[i], "-") == 0;
    return count;
}

static bool reads_twice(const struct publish_options *options)
{
    const struct prove_options *prove = &options->prove;

    return count_standard_input(&options->hosts, 1) +
               count_standard_input(options->lists.source, options->lists.count) +
               count_standard_input(prove->names.file, prove->names.count) +
               count_standard_input(prove->require.file, prove->require.count) >
           1;
}

/* Private ones only say what of an earlier serial may come back. */
static bool reverts_alone(const struct publish_options *options)
{
    bool alone = options->hosts == NULL;

    for (unsigned i = 0; i < options->lists.count; i++)
        alone = alone && options->lists.private[i];
    return alone;
}

static int check(const struct publish_options *options, bool asking, struct problem *problem)
{
    bool reads = options->hosts != NULL || options->lists.count > 0, reverts = options->revert > 0;
    const char *what = NULL;

    if (options->to == NULL || options->to[0] == '\0')
        what = "--to: missing";
    else if (options->name == NULL)
        what = "--name: missing";
    else if (registry_name_check(options->name, strlen(options->name)) < 0)
        what = "--name: not a registry's name";
    else if (options->signers.secrets == 0)
        what = "--key: missing";
    else if (!reads && !reverts)
        what = "--hosts, --names, --revert: one is missing";
    else if (reads_twice(options))
        what = "--hosts, --names, --prove-names, --require: standard input can be read once";
    else if (reverts && !reverts_alone(options))
        what = "--revert: not with --hosts or --names";
    else if (asking && options->lists.count == 0)
        what = "--resolver, --rate, --parallel, --top, --www, --samples, --every, --prove, "
               "--prove-names, --require, --siblings: only with --names";
    else if (options->resolve.samples > 1 && options->resolve.every == 0)
        what = "--every: missing; --samples needs it";
    return what != NULL ? problem_set(problem, -EINVAL, "%s", what) : 0;
}

enum options_wish options_parse(int argc, char **argv, struct publish_options *options,
                                struct problem *problem)
{
    const char *given[KNOWN] = {NULL};
    enum options_wish wish;
    bool asking = false;

    *options = (struct publish_options){
        .valid = VALID_DEFAULT,
        .resolve = {.rate = RATE_DEFAULT, .parallel = PARALLEL_DEFAULT, .samples = SAMPLES_DEFAULT},
        .prove = {.siblings = SIBLINGS_DEFAULT}};
    problem->text[0] = '\0';
    wish = read_words(argc, argv, given, options, problem);
    for (size_t i = 0; i < KNOWN && wish == OPTIONS_RUN; i++) {
        if (given[i] == NULL)
            continue;
        asking = asking || table[i].asking;
        if (!table[i].repeats && table[i].set(options, &table[i], given[i], problem) < 0)
            return OPTIONS_WRONG;
    }
    if (wish == OPTIONS_RUN && check(options, asking, problem) < 0)
        return OPTIONS_WRONG;
    options->prove.admission = options_admission(options);
    options->prove.www = options->www;
    return wish;
}

enum admission options_admission(const struct publish_options *options)
{
    return options->private ? ADMIT_ALL : ADMIT_PUBLIC;
}

const char *options_source(const struct publish_options *options)
{
    if (options->lists.count == 0)
        return options->hosts;
    return options->lists.count == 1 && options->hosts == NULL ? options->lists.source[0]
                                                               : "--names";
}
