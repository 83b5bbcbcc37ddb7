/* For tests of the room mentions: a system's tree in the scratch folder, and what it mentions. */
#ifndef TESTS_MENTIONS_LAB_H
#define TESTS_MENTIONS_LAB_H

#include "base/error.h"
#include "mentions/mentions.h"
#include "tests/unit/scratch_lab.h"

struct mentioned {
    char names[4096]; /* with blanks between */
    unsigned count;   /* mentions */
    unsigned left;    /* files */
    int cause;        /* of the last one */
};

static inline void mentioned_take(void *user, const struct mention *mention)
{
    struct mentioned *mentioned = user;
    size_t len = strlen(mentioned->names);

    mentioned->count++;
    if (!mention->again)
        snprintf(mentioned->names + len, sizeof mentioned->names - len, "%s%s", len > 0 ? " " : "",
                 mention->name);
}

static inline void mentioned_leave(void *user, const char *file, int cause)
{
    struct mentioned *mentioned = user;

    (void)file;
    mentioned->left++;
    mentioned->cause = cause;
}

/* What the tree mentions. */
static inline const struct mentioned *mentioned_read(bool homes)
{
    static struct mentioned mentioned;
    const struct mentions_options options = {.root = scratch.path, .homes = homes};
    const struct mentions_taker taker = {mentioned_take, mentioned_leave, &mentioned};

    mentioned = (struct mentioned){.count = 0};
    assert_int_equal(mentions_read(&options, &taker), 0);
    return &mentioned;
}

/* The folders that the path, in the tree, lies in. */
static inline void make_folders(const char *path)
{
    char folder[2 * PATH_MAX];

    snprintf(folder, sizeof folder, "%s%s", scratch.path, path);
    for (char *slash = folder + strlen(scratch.path) + 1; (slash = strchr(slash, '/')) != NULL;
         slash++) {
        *slash = '\0';
        mkdir(folder, 0755);
        *slash = '/';
    }
}

static inline void tree_write(const char *path, const void *data, size_t len)
{
    make_folders(path);
    scratch_write(&scratch, path + 1, data, len);
}

#endif
