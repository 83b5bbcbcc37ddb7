#include "base/error.h"
#include "cli/cli.h"
#include "cli/export_form.h"
#include "cli/open_store.h"
#include "registry/name.h"
#include "registry/text.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>
#include <time.h>

/* A store, walked in the order of the registry text. */
struct walk {
    const struct store *store; /* NULL: there is no more of it */
    const char *path;
    unsigned position;
    struct record record;
    struct record_copy copy;
};

/* What is exported, and how. */
struct export
{
    const struct export_form *form; /* NULL: registry text */
    const struct policy *policy;    /* NULL: a store may answer whatever it has */
    unsigned long long left_out;    /* names that the form has no place for */
};

static bool write_text(const struct record *record)
{
    char line[TEXT_LINE_MAX];
    size_t len = text_format(record, line);

    return fwrite(line, 1, len, stdout) == len;
}

/* Returns 0, or, having said so, what is wrong with the store. */
static int advance(struct walk *walk)
{
    int r = store_next(walk->store, &walk->position, &walk->copy, &walk->record);

    if (r == 0)
        walk->store = NULL;
    if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", walk->path, error_text(r));
    return r < 0 ? r : 0;
}

/* The walk that is at the first name of all, the earliest of several; NULL: all have ended. */
static const struct walk *find_first(const struct walk *walks, unsigned count)
{
    const struct walk *first = NULL;

    for (unsigned i = 0; i < count; i++) {
        const struct record *record = &walks[i].record;

        if (walks[i].store != NULL &&
            (first == NULL || name_compare(record->name, record->name_len, first->record.name,
                                           first->record.name_len) < 0))
            first = &walks[i];
    }
    return first;
}

/* A name that the form has no place for is left out; the first of them is shown. */
static bool write_record(struct export *export, const struct record *record)
{
    const char *cause;

    if (export->form == NULL)
        return write_text(record);
    cause = export_form_refuses(export->form, record->name, record->name_len);
    if (cause == NULL)
        return export_form_write(export->form, record);
    if (export->left_out++ == 0)
        fprintf(stderr, "gitdns: %.*s: %s; left out\n", (int)record->name_len, record->name, cause);
    return true;
}

/* Writes the record at `name` of the first that has it and, by the policy if there is one, may
 * answer it, and goes on to the name behind it. */
static int take(struct export *export, struct walk *walks, unsigned count, const char *name,
                size_t len)
{
    bool done = false;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < count; i++) {
        struct walk *walk = &walks[i];
        const struct record *record = &walk->record;

        if (walk->store == NULL || name_compare(record->name, record->name_len, name, len) != 0)
            continue;
        if (!done && (export->policy == NULL || policy_answers(export->policy, name, len, i))) {
            done = true;
            if (!write_record(export, record))
                return -EIO;
        }
        r = advance(walk);
    }
    return r;
}

/* Each name once. Returns 0, -EIO if it cannot be written, or what is wrong with a store. */
static int write_all(struct export *export, struct walk *walks, unsigned count, const char *source)
{
    const struct walk *first;
    int r = export->form == NULL || export_form_begin(export->form, source) ? 0 : -EIO;

    for (unsigned i = 0; r == 0 && i < count; i++)
        if (walks[i].store != NULL)
            r = advance(&walks[i]);
    while (r == 0 && (first = find_first(walks, count)) != NULL) {
        char name[NAME_MAX_OCTETS];
        size_t len = first->record.name_len;

        memcpy(name, first->record.name, len);
        r = take(export, walks, count, name, len);
    }
    return r;
}

/* A copy that was cut short must not pass for a whole one. */
static int export(struct export *export, struct walk *walks, unsigned count, const char *source)
{
    int r;

    signal(SIGPIPE, SIG_IGN);
    r = write_all(export, walks, count, source);
    if (export->left_out > 1)
        fprintf(stderr, "gitdns: %llu names in all are left out\n", export->left_out);
    if (r != -EIO && fflush(stdout) == 0)
        return r == 0 ? CLI_OK : CLI_BAD;
    fprintf(stderr, "gitdns: standard output: %s\n", strerror(errno));
    /* Nobody is to try again. */
    __fpurge(stdout);
    clearerr(stdout);
    return CLI_BAD;
}

/* Room for what each store is of. */
#define SOURCE_OCTETS (STORES_MAX * (REGISTRY_NAME_MAX + sizeof ", serial 999999999"))

/* Adds a store to `source`, as in `local serial 42, starter serial 1`. */
static void add_source(char source[SOURCE_OCTETS], const struct manifest *manifest)
{
    size_t used = strlen(source);

    snprintf(source + used, SOURCE_OCTETS - used, "%s%s serial %u", used > 0 ? ", " : "",
             manifest->name, (unsigned)manifest->serial);
}

static int export_one(struct export *ours, const struct registry_copy *copy)
{
    struct manifest manifest;
    struct store store;
    struct walk walk = {.store = &store, .path = copy->store_path};
    char source[SOURCE_OCTETS] = "";
    int status;

    if (!open_store_or_say(copy, &store, &manifest))
        return CLI_BAD;
    add_source(source, &manifest);
    status = export(ours, &walk, 1, source);
    store_unmap(&store);
    return status;
}

/* What this machine would answer now. */
static int export_all(struct export *ours, const char *directory)
{
    static struct open_stores open;
    static struct walk walks[STORES_MAX];
    int status = CLI_BAD, r = open_stores(&open, directory);
    char source[SOURCE_OCTETS] = "";

    if (r < 0) {
        say_policy_error(directory, r);
        return CLI_BAD;
    }
    for (unsigned i = 0; i < open.copies.count; i++) {
        const struct store *store = &open.stores.store[i];
        const char *cause = store->stamp == 0              ? error_text(open.stores.error[i])
                            : store->deadline < time(NULL) ? "too old"
                                                           : NULL;

        walks[i] = (struct walk){.path = open.copies.copy[i].store_path};
        if (cause != NULL) {
            fprintf(stderr, "gitdns: %s: %s; left out\n", walks[i].path, cause);
            continue;
        }
        walks[i].store = store;
        add_source(source, &open.manifest[i]);
    }
    ours->policy = &open.stores.policy;
    if (source[0] != '\0')
        status = export(ours, walks, open.copies.count, source);
    close_stores(&open);
    return status;
}

/* Registry text of one copy is what was published. For other servers it is what this machine would
 * answer, unless one copy was asked for. */
int cli_export(const struct cli *cli)
{
    const char *format = cli->hosts ? "hosts" : cli->format;
    struct export export = {.form = format != NULL ? export_form_named(format) : NULL};
    char shown[MESSAGE_OCTETS];

    if (cli->hosts && cli->format != NULL) {
        fputs("gitdns: export takes --hosts or --format\n", stderr);
        return CLI_USAGE;
    }
    if (format != NULL && export.form == NULL) {
        message_set(shown, "%s", format);
        fprintf(stderr, "gitdns: no format %s; there is " EXPORT_FORM_NAMES "\n", shown);
        return CLI_USAGE;
    }
    if (cli->copies.count == 1 && (export.form == NULL || cli->registry_name != NULL))
        return export_one(&export, &cli->copies.copy[0]);
    return export_all(&export, cli->directory);
}
