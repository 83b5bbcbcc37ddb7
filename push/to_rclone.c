#include "push/to_rclone.h"
#include "base/error.h"
#include "push/child.h"
#include "push/push.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* rclone's exit status where there is no such folder. */
#define NO_FOLDER 3

/* `rclone COMMAND` with what all have in common: a server that says nothing is given up. */
static struct child begin(const char *command)
{
    return (struct child){.argument = {"rclone", command, "--contimeout=20s", "--timeout=2m",
                                       "--retries=2", "--low-level-retries=3",
                                       "--ask-password=false", "--log-format="},
                          .tells = "Failed to "};
}

/* Shows how far it is, on standard error. */
static void show_progress(struct child *child, struct push *push)
{
    child_add(child, "--stats=1s");
    child_add(child, "--stats-one-line");
    child_add(child, "--stats-log-level=NOTICE");
    child->percent = remote_percent;
    child->context = push;
}

/* The remote's name of a file in it, to be freed; NULL: no memory, and *push->fault. */
static char *name_of(struct push *push, const char *path)
{
    const char *place = push->remote->place;
    char last = place[strlen(place) - 1], *name;

    if (asprintf(&name, "%s%s%s", place, last == ':' || last == '/' ? "" : "/", path) >= 0)
        return name;
    remote_fail(push, -ENOMEM, "%s", error_text(-ENOMEM));
    return NULL;
}

/* Lines `OCTETS PATH`. */
static int take_lines(char *lines, struct file_list *list)
{
    char *rest = lines, *line;
    int r = 0;

    while (r == 0 && (line = strsep(&rest, "\n")) != NULL) {
        char *path;
        uint64_t octets = strtoumax(line, &path, 10);

        if (path != line && *path == ' ')
            r = file_list_add_path(list, path + 1, octets);
    }
    return r;
}

static int list_rclone(struct push *push, struct file_list *list)
{
    struct child child = begin("lsf");
    static const char *const what[] = {
        "--recursive",
        "--files-only",
        "--format=sp",
        "--separator= ",
        "--max-depth=2",
        "--include=/HEAD",
        "--include=/HEAD.*",
        "--include=/index.html",
        "--include=/[0-9]*/manifest*",
        "--include=/[0-9]*/*.gz",
        "--",
    };
    int r;

    for (size_t i = 0; i < sizeof what / sizeof *what; i++)
        child_add(&child, what[i]);
    child_add(&child, push->remote->place);
    r = child_run(&child, push->fault);
    if (r == 0) {
        r = take_lines(child.output, list);
        if (r < 0)
            remote_fail(push, r, "its files: %s", error_text(r));
    } else if (r == NO_FOLDER) {
        r = 0;
    } else if (r > 0) {
        r = child_failed(&child, r, push->fault);
    }
    child_free(&child);
    return r;
}

static int read_rclone(struct push *push, const char *path, char *out, size_t max)
{
    struct child child = begin("cat");
    char *name = name_of(push, path);
    int r;

    if (name == NULL)
        return -ENOMEM;
    child_add(&child, "--");
    child_add(&child, name);
    r = child_run_well(&child, push->fault);
    if (r == 0 && child.output_len > max)
        r = remote_fail(push, E_FILE_LONG, "%s: %s", path, error_text(E_FILE_LONG));
    if (r == 0) {
        memcpy(out, child.output, child.output_len);
        r = (int)child.output_len;
    }
    child_free(&child);
    free(name);
    return r;
}

/* Runs it with a list of files on its standard input. */
static int run_with(struct child *child, struct push *push, const struct file_list *list)
{
    char *lines = file_list_lines(list);
    int r;

    if (lines == NULL)
        return remote_fail(push, -ENOMEM, "%s", error_text(-ENOMEM));
    child->input = lines;
    child->input_len = strlen(lines);
    r = child_run(child, push->fault);
    free(lines);
    return r;
}

static int put_rclone(struct push *push, const struct file_list *list, const char *cache_control)
{
    struct child child = begin("copy");
    char header[256];
    int r;

    snprintf(header, sizeof header, "--header-upload=Cache-Control: %s", cache_control);
    show_progress(&child, push);
    child_add(&child, header);
    child_add(&child, "--ignore-times");
    child_add(&child, "--files-from-raw=-");
    child_add(&child, "--");
    child_add(&child, push->local->path);
    child_add(&child, push->remote->place);
    remote_step(push, file_list_octets(list));
    r = run_with(&child, push, list);
    if (r > 0)
        r = child_failed(&child, r, push->fault);
    child_free(&child);
    remote_step_end(push);
    return r;
}

/* The first of `combined` lines, `MARK PATH`, that has the mark; or NULL. */
static const char *find_mark(const char *lines, char mark)
{
    for (const char *line = lines; *line != '\0';
         line += strcspn(line, "\n"), line += *line != '\0')
        if (line[0] == mark && line[1] == ' ')
            return line + 2;
    return NULL;
}

static int compare_rclone(struct push *push, const struct file_list *list)
{
    struct child child = begin("check");
    const char *path;
    int r;

    show_progress(&child, push);
    child_add(&child, "--download");
    child_add(&child, "--one-way");
    child_add(&child, "--combined=-");
    child_add(&child, "--files-from-raw=-");
    child_add(&child, "--");
    child_add(&child, push->local->path);
    child_add(&child, push->remote->place);
    remote_step(push, file_list_octets(list));
    r = run_with(&child, push, list);
    if (r > 0) {
        path = find_mark(child.output, '*');
        if (path == NULL)
            path = find_mark(child.output, '+');
        if (path != NULL && find_mark(child.output, '!') == NULL)
            r = remote_fail(push, E_HASH_WRONG, "%.*s: %s", (int)strcspn(path, "\n"), path,
                            error_text(E_HASH_WRONG));
        else
            r = child_failed(&child, r, push->fault);
    }
    child_free(&child);
    remote_step_end(push);
    return r;
}

static int set_head_rclone(struct push *push, const char *text, size_t len)
{
    struct child child = begin("rcat");
    char *name = name_of(push, "HEAD");
    int r;

    if (name == NULL)
        return -ENOMEM;
    child_add(&child, "--header-upload=Cache-Control: " CACHE_SHORT);
    child_add(&child, "--");
    child_add(&child, name);
    child.input = text;
    child.input_len = len;
    r = child_run_well(&child, push->fault);
    child_free(&child);
    free(name);
    return r;
}

/* An object store has no folders, others may have something else in it: neither is a failure. */
static int remove_folder(struct push *push, uint32_t serial)
{
    struct child child = begin("rmdir");
    char path[sizeof "4294967295"], *name;
    int r;

    snprintf(path, sizeof path, "%" PRIu32, serial);
    name = name_of(push, path);
    if (name == NULL)
        return -ENOMEM;
    child_add(&child, "--retries=1");
    child_add(&child, "--");
    child_add(&child, name);
    r = child_run(&child, push->fault);
    child_free(&child);
    free(name);
    return r < 0 ? r : 0;
}

static int remove_rclone(struct push *push, const struct file_list *list)
{
    struct child child = begin("delete");
    int r;

    child_add(&child, "--files-from-raw=-");
    child_add(&child, "--");
    child_add(&child, push->remote->place);
    r = run_with(&child, push, list);
    if (r > 0)
        r = child_failed(&child, r, push->fault);
    child_free(&child);
    for (size_t i = 0; i < list->count && r == 0; i++) {
        uint32_t serial = list->file[i].serial;
        bool last = i + 1 == list->count || list->file[i + 1].serial != serial;

        if (last && !file_list_has_serial(&push->local->files, serial))
            r = remove_folder(push, serial);
    }
    return r;
}

const struct remote_kind to_rclone = {.list = list_rclone,
                                      .read = read_rclone,
                                      .put = put_rclone,
                                      .compare = compare_rclone,
                                      .set_head = set_head_rclone,
                                      .remove = remove_rclone};
