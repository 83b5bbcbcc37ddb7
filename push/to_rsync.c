#include "push/to_rsync.h"
#include "base/error.h"
#include "base/file.h"
#include "push/child.h"
#include "push/push.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* rsync's exit statuses. */
enum { SOME_FAILED = 23, SOME_VANISHED = 24 };

/* `rsync` with what all have in common. */
static struct child begin(const struct push *push)
{
    struct child child = {.argument = {"rsync", "--timeout=300", "--no-motd", "-s"}, .tells = ""};

    /* ssh has one of its own. */
    if (push->remote->place == push->remote->word)
        child_add(&child, "--contimeout=20");
    return child;
}

/* The remote's name of a file in it, or of itself, with its slash, for an empty path; to be freed.
 * NULL: no memory, and *push->fault. */
static char *name_of(struct push *push, const char *path)
{
    const char *place = push->remote->place;
    char *name;

    if (asprintf(&name, "%s%s%s", place, place[strlen(place) - 1] == '/' ? "" : "/", path) >= 0)
        return name;
    remote_fail(push, -ENOMEM, "%s", error_text(-ENOMEM));
    return NULL;
}

static int open_rsync(struct push *push)
{
    (void)push;
    /* Nobody is there to type a password. */
    return setenv("RSYNC_RSH", "ssh -o BatchMode=yes -o ConnectTimeout=20", 0) < 0 ? -errno : 0;
}

/* Lines `MODE OCTETS DATE TIME PATH`. */
static int take_lines(char *lines, struct file_list *list)
{
    char *rest = lines, *line;
    int r = 0;

    while (r == 0 && (line = strsep(&rest, "\n")) != NULL) {
        uint64_t octets;
        int at = 0;

        if (line[0] == '-' && sscanf(line, "%*s %" SCNu64 " %*s %*s %n", &octets, &at) == 1 &&
            at > 0)
            r = file_list_add_path(list, line + at, octets);
    }
    return r;
}

static int list_rsync(struct push *push, struct file_list *list)
{
    struct child child = begin(push);
    static const char *const what[] = {
        "--list-only",        "--no-h",
        "--recursive",        "--include=/HEAD",
        "--include=/HEAD.*",  "--include=/index.html",
        "--include=/[0-9]*/", "--include=/[0-9]*/*",
        "--exclude=*",        "--",
    };
    char *name = name_of(push, "");
    int r;

    if (name == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < sizeof what / sizeof *what; i++)
        child_add(&child, what[i]);
    child_add(&child, name);
    r = child_run(&child, push->fault);
    if (r == 0) {
        r = take_lines(child.output, list);
        if (r < 0)
            remote_fail(push, r, "its files: %s", error_text(r));
    } else if (r == SOME_FAILED && child.not_found && child.output_len == 0) {
        r = 0; /* it is made */
    } else if (r > 0) {
        r = child_failed(&child, r, push->fault);
    }
    child_free(&child);
    free(name);
    return r;
}

static int read_rsync(struct push *push, const char *path, char *out, size_t max)
{
    struct child child = begin(push);
    char *from = name_of(push, path), *to = NULL, limit[sizeof "--max-size=" + 20];
    int r = -ENOMEM;

    if (from != NULL && asprintf(&to, "%s/file", push->scratch) < 0)
        to = NULL;
    if (to == NULL) {
        free(from);
        return remote_fail(push, -ENOMEM, "%s", error_text(-ENOMEM));
    }
    snprintf(limit, sizeof limit, "--max-size=%zu", max);
    child_add(&child, limit);
    child_add(&child, "--ignore-times");
    child_add(&child, "--");
    child_add(&child, from);
    child_add(&child, to);
    unlink(to);
    r = child_run_well(&child, push->fault);
    if (r == 0) {
        r = file_read(AT_FDCWD, to, out, max);
        if (r == -ENOENT)
            r = E_FILE_LONG;
        if (r < 0)
            remote_fail(push, r, "%s: %s", path, error_text(r));
    }
    unlink(to);
    child_free(&child);
    free(from);
    free(to);
    return r;
}

/* Runs it on these paths of the local folder, which are freed. */
static int run_with(struct child *child, struct push *push, char *lines)
{
    char *from = NULL, *to = name_of(push, "");
    int r = -ENOMEM;

    if (asprintf(&from, "%s/", push->local->path) < 0)
        from = NULL;
    if (lines != NULL && from != NULL && to != NULL) {
        child_add(child, "--files-from=-");
        child_add(child, "--");
        child_add(child, from);
        child_add(child, to);
        child->input = lines;
        child->input_len = strlen(lines);
        r = child_run(child, push->fault);
    } else {
        remote_fail(push, r, "%s", error_text(r));
    }
    free(lines);
    free(from);
    free(to);
    return r;
}

/* No cache_control: a file has none, and who serves it sets it. */
static int put_rsync(struct push *push, const struct file_list *list, const char *cache_control)
{
    struct child child = begin(push);
    int r;

    (void)cache_control;
    child_add(&child, "--times");
    child_add(&child, "--omit-dir-times");
    child_add(&child, "--chmod=D755,F644");
    child_add(&child, "--ignore-times");
    child_add(&child, "--mkpath");
    child_add(&child, "--info=progress2");
    child.percent = remote_percent;
    child.context = push;
    remote_step(push, file_list_octets(list));
    r = run_with(&child, push, file_list_lines(list));
    if (r > 0)
        r = child_failed(&child, r, push->fault);
    child_free(&child);
    remote_step_end(push);
    return r;
}

/* The other side reads them, and says their sums. */
static int compare_rsync(struct push *push, const struct file_list *list)
{
    struct child child = begin(push);
    int r;

    child_add(&child, "--checksum");
    child_add(&child, "--dry-run");
    child_add(&child, "--no-implied-dirs");
    child_add(&child, "--out-format=%n");
    remote_step(push, file_list_octets(list));
    r = run_with(&child, push, file_list_lines(list));
    if (r > 0)
        r = child_failed(&child, r, push->fault);
    else if (r == 0 && child.output_len > 0)
        r = remote_fail(push, E_HASH_WRONG, "%.*s: %s", (int)strcspn(child.output, "\n"),
                        child.output, error_text(E_HASH_WRONG));
    child_free(&child);
    remote_step_end(push);
    return r;
}

static int set_head_rsync(struct push *push, const char *text, size_t len)
{
    struct child child = begin(push);
    char *to = name_of(push, "HEAD");
    int r;

    if (to == NULL)
        return -ENOMEM;
    /* Which is a link there. */
    child_add(&child, "--copy-links");
    child_add(&child, "--chmod=F644");
    child_add(&child, "--ignore-times");
    child_add(&child, "--");
    child_add(&child, "/proc/self/fd/0");
    child_add(&child, to);
    child.input = text;
    child.input_len = len;
    r = child_run_well(&child, push->fault);
    child_free(&child);
    free(to);
    return r;
}

/* Of the list's serials, those whose folders the local one has not. */
static char *folder_lines(const struct push *push, const struct file_list *list)
{
    char *lines = malloc(list->count * sizeof "4294967295" + 1), *end = lines;

    if (lines == NULL)
        return NULL;
    *end = '\0';
    for (size_t i = 0; i < list->count; i++) {
        uint32_t serial = list->file[i].serial;
        bool last = i + 1 == list->count || list->file[i + 1].serial != serial;

        if (last && !file_list_has_serial(&push->local->files, serial))
            end += sprintf(end, "%" PRIu32 "\n", serial);
    }
    return lines;
}

/* Removes what has these paths, of which the local folder has none. */
static int remove_lines(struct push *push, const char *how, char *lines)
{
    struct child child = begin(push);
    int r;

    child_add(&child, "--delete-missing-args");
    child_add(&child, how);
    r = run_with(&child, push, lines);
    /* That the folder is not here, either. */
    if (r == SOME_VANISHED)
        r = 0;
    if (r > 0)
        r = child_failed(&child, r, push->fault);
    child_free(&child);
    return r;
}

static int remove_rsync(struct push *push, const struct file_list *list)
{
    int r = remove_lines(push, "--no-implied-dirs", file_list_lines(list));
    char *folders;

    if (r < 0)
        return r;
    folders = folder_lines(push, list);
    if (folders != NULL && folders[0] == '\0') {
        free(folders);
        return 0;
    }
    /* One that is not empty stays. */
    return remove_lines(push, "--dirs", folders);
}

const struct remote_kind to_rsync = {.open = open_rsync,
                                     .list = list_rsync,
                                     .read = read_rsync,
                                     .put = put_rsync,
                                     .compare = compare_rsync,
                                     .set_head = set_head_rsync,
                                     .remove = remove_rsync,
                                     .scratches = true};
