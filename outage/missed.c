#include "outage/missed.h"
#include "base/file.h"
#include "registry/name.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_OCTETS (NAME_MAX_OCTETS + 1)

static unsigned remembered(const struct missed *missed)
{
    return missed->count < MISSED_MAX ? missed->count : MISSED_MAX;
}

static void add(struct missed *missed, const char *name, size_t len)
{
    char *slot = missed->name[missed->count % MISSED_MAX];

    for (unsigned i = 0; i < remembered(missed); i++)
        if (strncmp(missed->name[i], name, len) == 0 && missed->name[i][len] == '\0')
            return;
    memcpy(slot, name, len);
    slot[len] = '\0';
    /* So that what is left of it stays one. */
    if (++missed->count == 2 * MISSED_MAX)
        missed->count = MISSED_MAX;
}

static int open_folder(const struct missed *missed)
{
    return open(missed->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void read_file(struct missed *missed, int directory)
{
    size_t size = MISSED_MAX * LINE_OCTETS;
    char *text = malloc(size);
    int r = text != NULL ? file_read_unlinked(directory, MISSED_FILE, text, size) : -1;
    size_t len = r > 0 ? (size_t)r : 0;

    for (size_t at = 0, n; at < len; at += n + 1) {
        const char *line = text + at, *end = memchr(line, '\n', len - at);

        n = end != NULL ? (size_t)(end - line) : len - at;
        if (name_check(line, n) == 0)
            add(missed, line, n);
    }
    free(text);
}

/* Oldest first. */
static void write_file(struct missed *missed)
{
    char *text = malloc(MISSED_MAX * LINE_OCTETS + 1);
    unsigned have = remembered(missed), first = missed->count - have;
    size_t len = 0;
    int directory = open_folder(missed);

    for (unsigned i = 0; text != NULL && i < have; i++)
        len += (size_t)sprintf(text + len, "%s\n", missed->name[(first + i) % MISSED_MAX]);
    if (text != NULL && directory >= 0)
        file_replace(directory, MISSED_FILE, text, len, 0600);
    if (directory >= 0)
        close(directory);
    free(text);
    missed->changed = 0;
}

/* Forgets all that was kept, if nothing is to be. */
static void settle(struct missed *missed, bool kept)
{
    int directory = open_folder(missed);

    missed->kept = kept;
    if (!kept) {
        missed->count = missed->early_count = 0;
        missed->changed = 0;
        if (directory >= 0)
            unlinkat(directory, MISSED_FILE, 0);
    }
    if (directory >= 0)
        close(directory);
}

void missed_open(struct missed *missed, const char *directory, bool kept)
{
    int fd;

    pthread_mutex_init(&missed->lock, NULL);
    missed->directory = directory;
    settle(missed, kept);
    fd = kept ? open_folder(missed) : -1;
    if (fd >= 0) {
        read_file(missed, fd);
        close(fd);
    }
}

void missed_keep(struct missed *missed, bool kept)
{
    pthread_mutex_lock(&missed->lock);
    settle(missed, kept);
    pthread_mutex_unlock(&missed->lock);
}

void missed_report(struct missed *missed, const char *name, size_t len, int64_t now)
{
    pthread_mutex_lock(&missed->lock);
    if (missed->kept && name_check_private(name, len) == 0) {
        unsigned slot = missed->early_count++ % MISSED_EARLY_MAX;

        missed->early[slot].at = now;
        memcpy(missed->early[slot].name, name, len);
        missed->early[slot].name[len] = '\0';
    }
    pthread_mutex_unlock(&missed->lock);
}

/* Those that were reported lately count. */
static void take_early(struct missed *missed, int64_t now)
{
    unsigned have = missed->early_count < MISSED_EARLY_MAX ? missed->early_count : MISSED_EARLY_MAX;
    unsigned first = missed->early_count - have, before = missed->count;

    for (unsigned i = 0; i < have; i++) {
        unsigned slot = (first + i) % MISSED_EARLY_MAX;
        const char *name = missed->early[slot].name;

        if (now - missed->early[slot].at <= MISSED_EARLY_MS)
            add(missed, name, strlen(name));
    }
    missed->early_count = 0;
    if (missed->count != before && missed->changed == 0)
        missed->changed = now;
}

int missed_tend(struct missed *missed, bool everything, int64_t now)
{
    int wait = -1;

    pthread_mutex_lock(&missed->lock);
    if (everything && missed->early_count > 0)
        take_early(missed, now);
    if (missed->changed != 0 && now - missed->changed >= MISSED_WRITE_MS)
        write_file(missed);
    if (missed->changed != 0)
        wait = (int)(missed->changed + MISSED_WRITE_MS - now);
    pthread_mutex_unlock(&missed->lock);
    return wait;
}

void missed_close(struct missed *missed)
{
    if (missed->directory == NULL)
        return;
    if (missed->changed != 0)
        write_file(missed);
    pthread_mutex_destroy(&missed->lock);
}
