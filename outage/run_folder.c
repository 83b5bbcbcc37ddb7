#include "outage/run_folder.h"
#include "base/error.h"
#include "copy/board_write.h"
#include "outage/reports.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LOCK_FILE CONTROL_SECRET_FILE
#define LOCK_PATH CONTROL_SECRET_PATH
/* What happens to a file that others do not find any more. */
#define GONE (IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

static const struct run_folder nothing = {.directory = -1, .lock = -1, .reports = -1, .events = -1};

static void close_descriptor(int fd)
{
    if (fd >= 0)
        close(fd);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_at(const char *path, const struct stat *st)
{
    struct stat now;

    return lstat(path, &now) == 0 && is_same(&now, st);
}

/* Whether what is open is what lies there. */
static bool is_open(int fd, const char *path)
{
    struct stat st;

    return fstat(fd, &st) == 0 && is_at(path, &st);
}

/* The folder may be a link, which only who owns /run can make. */
static bool is_folder(int fd)
{
    struct stat st, now;

    return fstat(fd, &st) == 0 && stat(BOARD_DIRECTORY, &now) == 0 && is_same(&now, &st);
}

/* `held`: the lock of before, or -1. It cannot be taken once more. */
static int open_lock(const struct run_folder *folder, int held, char error[MESSAGE_OCTETS])
{
    int fd =
        held >= 0 && is_open(held, LOCK_PATH)
            ? fcntl(held, F_DUPFD_CLOEXEC, 0)
            : openat(folder->directory, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0) {
        message_set(error, LOCK_PATH ": %s", strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        message_set(error, errno == EWOULDBLOCK ? "another gitdns-syncd watches for outages"
                                                : LOCK_PATH ": cannot be locked");
        close(fd);
        return -1;
    }
    return fd;
}

static int write_secret(struct run_folder *folder)
{
    unsigned char octets[CONTROL_SECRET_OCTETS / 2];
    struct stat st;

    randombytes_buf(octets, sizeof octets);
    sodium_bin2hex(folder->secret, sizeof folder->secret, octets, sizeof octets);
    if (fstat(folder->lock, &st) < 0)
        return -errno;
    /* Who owns the folder may have given another's file this name. */
    if (st.st_nlink > 1)
        return -EMLINK;
    /* Whatever lay there: nobody else reads it, and nothing stands behind it. */
    if (fchmod(folder->lock, 0600) < 0 || ftruncate(folder->lock, 0) < 0)
        return -errno;
    errno = ENOSPC;
    return pwrite(folder->lock, folder->secret, CONTROL_SECRET_OCTETS, 0) == CONTROL_SECRET_OCTETS
               ? 0
               : -errno;
}

/* -1 without one of them: a look now and then has to do. */
static int listen_for_events(void)
{
    int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

    if (fd < 0 || (inotify_add_watch(fd, BOARD_DIRECTORY, IN_MOVE_SELF) >= 0 &&
                   inotify_add_watch(fd, BOARD_PATH, GONE) >= 0 &&
                   inotify_add_watch(fd, REPORT_PATH, GONE) >= 0 &&
                   inotify_add_watch(fd, LOCK_PATH, GONE) >= 0))
        return fd;
    close(fd);
    return -1;
}

static int make(struct run_folder *folder, int held, const struct siphash_key *key,
                char error[MESSAGE_OCTETS])
{
    int r;

    mkdir(BOARD_DIRECTORY, 0755);
    folder->directory = open(BOARD_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder->directory < 0) {
        message_set(error, BOARD_DIRECTORY ": %s", strerror(errno));
        return -1;
    }
    folder->lock = open_lock(folder, held, error);
    if (folder->lock < 0)
        return -1;
    r = write_secret(folder);
    if (r < 0) {
        message_set(error, LOCK_PATH ": %s", error_text(r));
        return -1;
    }
    r = board_create(folder->directory, key, &folder->board);
    if (r == 0 && lstat(BOARD_PATH, &folder->board_is) < 0)
        r = -errno;
    if (r < 0) {
        message_set(error, BOARD_PATH ": %s", error_text(r));
        return -1;
    }
    folder->reports = reports_open();
    r = folder->reports;
    if (r >= 0 && lstat(REPORT_PATH, &folder->reports_are) < 0)
        r = -errno;
    if (r < 0) {
        message_set(error, REPORT_PATH ": %s", error_text(r));
        return -1;
    }
    /* Somebody was quicker: the first look is to find that it is not ours. */
    if (!S_ISSOCK(folder->reports_are.st_mode))
        folder->reports_are = (struct stat){0};
    folder->events = listen_for_events();
    return 0;
}

int run_folder_open(struct run_folder *folder, char error[MESSAGE_OCTETS])
{
    struct siphash_key key;

    *folder = nothing;
    randombytes_buf(&key, sizeof key);
    return make(folder, -1, &key, error);
}

static void let_go(const struct run_folder *folder)
{
    close_descriptor(folder->events);
    close_descriptor(folder->reports);
    close_descriptor(folder->lock);
    close_descriptor(folder->directory);
}

void run_folder_close(struct run_folder *folder)
{
    if (folder->reports >= 0 && is_at(REPORT_PATH, &folder->reports_are))
        unlink(REPORT_PATH);
    if (folder->board != NULL && is_at(BOARD_PATH, &folder->board_is))
        unlink(BOARD_PATH);
    board_close(folder->board);
    let_go(folder);
    *folder = nothing;
}

static bool is_whole(const struct run_folder *folder)
{
    return is_folder(folder->directory) && is_open(folder->lock, LOCK_PATH) &&
           is_at(BOARD_PATH, &folder->board_is) && is_at(REPORT_PATH, &folder->reports_are);
}

void run_folder_heard(struct run_folder *folder)
{
    char events[4096];
    /* Once: others could make them as fast as they are read. */
    ssize_t n = read(folder->events, events, sizeof events);

    (void)n;
}

static int make_again(struct run_folder *folder, char error[MESSAGE_OCTETS])
{
    struct siphash_key key = board_key(folder->board);
    struct run_folder again = nothing;

    if (make(&again, folder->lock, &key, error) < 0) {
        run_folder_close(&again);
        return -1;
    }
    for (unsigned i = BOARD_WORD_STAMP; i < BOARD_OCTETS / sizeof(uint32_t); i++)
        board_set(again.board, i, board_get(folder->board, i));
    board_close(folder->board);
    let_go(folder);
    again.told = folder->told;
    again.again = folder->again;
    *folder = again;
    return 0;
}

void run_folder_look(struct run_folder *folder)
{
    folder->lost = !is_whole(folder);
    if (!folder->lost)
        folder->told = false;
}

bool run_folder_keep(struct run_folder *folder, int64_t now, void (*tell)(const char *line))
{
    char error[MESSAGE_OCTETS], line[MESSAGE_OCTETS];

    if ((!folder->lost && folder->events >= 0) || now < folder->again)
        return false;
    folder->again = now + RUN_FOLDER_AGAIN_MS;
    run_folder_look(folder);
    if (!folder->lost)
        return false;
    if (make_again(folder, error) < 0) {
        message_set(line,
                    "%s; " BOARD_DIRECTORY " was removed or replaced, and outages go unnoticed "
                    "until it can be made again",
                    error);
        if (!folder->told)
            tell(line);
        folder->told = true;
        return false;
    }
    /* What was taken away while it was made nobody tells. */
    run_folder_look(folder);
    tell(BOARD_DIRECTORY ": what was removed or replaced in it is made again");
    return true;
}
