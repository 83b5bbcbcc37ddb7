#include "mentions/mentions.h"
#include "base/error.h"
#include "base/file.h"
#include "base/resolv_conf.h"
#include "mentions/config_files.h"
#include "mentions/mention_list.h"
#include "mentions/mention_sources.h"
#include "mentions/reading.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSWD_PATH "/etc/passwd"

struct mentions {
    const struct mentions_taker *taker;
    const struct mention_source *source; /* whose files are read */
    struct config_files files;
    struct mention_list list;
};

static void leave(void *user, const char *path, int cause)
{
    const struct mentions_taker *taker = ((struct mentions *)user)->taker;

    if (taker->leave != NULL)
        taker->leave(taker->user, path, cause);
}

static void take_file(void *user, const char *path, const char *text, size_t len)
{
    struct mentions *mentions = user;
    struct reading reading = {
        .source = mentions->source, .list = &mentions->list, .rest = {text, len}, .fresh = true};

    if (mentions->list.error != 0 ||
        mention_list_begin_file(&mentions->list, path, mentions->files.others) < 0)
        return;
    mentions->source->read(&reading);
    if (mention_list_is_full(&mentions->list))
        leave(mentions, path, E_LIST_LONG);
}

static void read_search_list(struct mentions *mentions, bool of_system)
{
    char path[sizeof "/proc/self/fd/" + 3 * sizeof(int)];
    int fd;

    if (of_system) {
        search_list_read(RESOLV_CONF_PATH, &mentions->list.search);
        return;
    }
    search_list_none(&mentions->list.search);
    fd = config_files_open_at(&mentions->files, RESOLV_CONF_PATH, O_RDONLY);
    if (fd < 0)
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    search_list_read(path, &mentions->list.search);
    close(fd);
}

/* Where files lie, in the order in which they are read: however much there is of others', root's
 * is. */
enum whose {
    OF_ROOT,
    OF_OTHERS, /* in folders that may be anybody's */
    OF_HOME,
};

static enum whose whose_is(const char *file)
{
    if (*file == '~')
        return OF_HOME;
    return strncmp(file, "/etc/", 5) == 0 || strchr(file, '*') == NULL ? OF_ROOT : OF_OTHERS;
}

static void read_files(struct mentions *mentions, enum whose whose, const char *home, uid_t owner)
{
    for (unsigned i = 0; i < mention_sources_count; i++) {
        mentions->source = &mention_sources[i];
        for (const char *const *file = mentions->source->files; *file != NULL; file++) {
            char pattern[PATH_MAX];
            int n = snprintf(pattern, sizeof pattern, "%s%s", home, *file + (whose == OF_HOME));

            if (whose_is(*file) == whose && n < (int)sizeof pattern)
                config_files_each(&mentions->files, pattern, owner);
        }
    }
}

/* What its owner has put there. */
static void read_home(void *user, const char *home)
{
    struct mentions *mentions = user;
    int fd = config_files_open_at(&mentions->files, home, O_PATH | O_DIRECTORY);
    struct stat st;

    if (fd < 0)
        return;
    if (fstat(fd, &st) == 0)
        read_files(mentions, OF_HOME, home, st.st_uid);
    close(fd);
}

/* Those in /home come by themselves, also of users whom passwd(5) does not know. */
static bool is_elsewhere(const char *home)
{
    static const char usual[] = "/home/";
    const size_t n = sizeof usual - 1;

    return home[0] == '/' && home[1] != '\0' &&
           (strncmp(home, usual, n) != 0 || strchr(home + n, '/') != NULL);
}

/* The sixth field of each line. */
static void read_homes_of(struct mentions *mentions, char *text)
{
    char *line;

    while ((line = strsep(&text, "\n")) != NULL) {
        char *home = line;

        for (unsigned i = 0; i < 5 && home != NULL; i++)
            strsep(&home, ":");
        if (home != NULL && is_elsewhere(home = strsep(&home, ":")))
            read_home(mentions, home);
    }
}

static void read_homes(struct mentions *mentions)
{
    char *text = malloc(MENTIONS_FILE_OCTETS + 1);
    int fd = config_files_open_at(&mentions->files, PASSWD_PATH, O_RDONLY), len = fd;

    if (text == NULL)
        mentions->list.error = -ENOMEM;
    config_files_match(&mentions->files, "/home/*", read_home, mentions);
    if (fd >= 0 && text != NULL)
        len = file_read_all(fd, text, MENTIONS_FILE_OCTETS);
    if (fd >= 0)
        close(fd);
    if (text != NULL && len > 0) {
        text[len] = '\0';
        read_homes_of(mentions, text);
    }
    free(text);
}

int mentions_read(const struct mentions_options *options, const struct mentions_taker *taker)
{
    struct mentions mentions = {.taker = taker,
                                .files = {.take = take_file, .leave = leave, .user = &mentions}};
    int r = config_files_open(&mentions.files, options->root);

    if (r == 0) {
        read_search_list(&mentions, options->root == NULL);
        read_files(&mentions, OF_ROOT, "", CONFIG_FILES_ANY);
        read_files(&mentions, OF_OTHERS, "", CONFIG_FILES_ANY);
        if (options->homes)
            read_homes(&mentions);
        r = mentions.list.error;
    }
    if (r == 0)
        mention_list_give(&mentions.list, taker);
    mention_list_free(&mentions.list);
    config_files_close(&mentions.files);
    return r;
}
