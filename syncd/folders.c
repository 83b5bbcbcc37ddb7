#include "syncd/folders.h"
#include "base/error.h"
#include "base/file.h"
#include "copy/copy.h"
#include "copy/policy_write.h"
#include "copy/round_state.h"
#include "copy/serials.h"
#include "syncd/part_file.h"
#include "syncd/take_over.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define POLICY_LOCK "policy.lock"
/* Another process needs the lock for as long as a few renames take. */
#define LOCK_TRIES 200
#define LOCK_PAUSE_NS 10000000

static int take_lock(int copy)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};
    int lock = serials_lock_file(copy, POLICY_LOCK);

    for (int i = 0; lock == -EWOULDBLOCK && i < LOCK_TRIES; i++) {
        nanosleep(&pause, NULL);
        lock = serials_lock_file(copy, POLICY_LOCK);
    }
    return lock;
}

static const struct config_registry *find_unnamed(const struct config *config)
{
    for (unsigned i = 0; i < config->registries; i++)
        if (config->registry[i].unnamed)
            return &config->registry[i];
    return NULL;
}

/* The folder of the unnamed one, under the name that it has now and then; or -errno. */
static int open_named(int registries, const char *name)
{
    return openat(registries, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The unnamed one may have had a section of its name. */
static int take_back(int copy, int registries, const struct config *config)
{
    const struct config_registry *unnamed = find_unnamed(config);
    int folder = unnamed != NULL ? open_named(registries, unnamed->name) : -1, r;

    if (folder < 0)
        return 0;
    r = take_over(folder, copy, unnamed->name);
    close(folder);
    return r;
}

static int make_folders(int copy, int registries, const struct config *config)
{
    for (unsigned i = 0; i < config->registries; i++) {
        const struct config_registry *registry = &config->registry[i];
        int folder, r;

        if (registry->unnamed)
            continue;
        folder = serials_make_folder(registries, registry->name);
        if (folder < 0)
            return folder;
        r = take_over(copy, folder, registry->name);
        close(folder);
        if (r < 0)
            return r;
    }
    return take_back(copy, registries, config);
}

/* Removes a registry from a folder, unless somebody is at work in it. */
static void empty(int folder)
{
    static const char *const files[] = {STATE_FILE, STATE_FILE NEW_SUFFIX};
    int lock = serials_lock(folder);

    if (lock == -EWOULDBLOCK)
        return;
    serials_remove(folder);
    part_file_clean(&(struct folder){.fd = folder}, NULL);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlinkat(folder, files[i], 0);
    unlinkat(folder, LOCK_FILE, 0);
    if (lock >= 0)
        close(lock);
}

/* One that has not been taken back is. */
static bool is_wanted(int copy, int folder, const char *name, const struct config *config)
{
    const struct config_registry *registry = config_find(config, name);

    return registry != NULL &&
           (!registry->unnamed || (take_over_is_of(folder, name) && !take_over_is_of(copy, name)));
}

static void remove_folders(int copy, int registries, const struct config *config)
{
    DIR *directory = file_entries(openat(registries, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    const struct dirent *entry;

    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL) {
        int folder;

        if (entry->d_name[0] == '.')
            continue;
        folder = open_named(registries, entry->d_name);
        if (folder < 0)
            continue;
        if (!is_wanted(copy, folder, entry->d_name, config)) {
            empty(folder);
            unlinkat(registries, entry->d_name, AT_REMOVEDIR);
        }
        close(folder);
    }
    closedir(directory);
}

/* Whether the copy's own folder has nothing of the unnamed one, but of one that lies elsewhere. */
static bool is_of_named(int copy, const struct config *config)
{
    for (unsigned i = 0; i < config->registries; i++)
        if (!config->registry[i].unnamed && take_over_is_of(copy, config->registry[i].name))
            return true;
    return find_unnamed(config) == NULL;
}

/* *registries is -1 where there is none and none is needed. */
static int open_registries(int copy, const struct config *config, int *registries)
{
    const struct config_registry *unnamed = find_unnamed(config);
    bool needed = config->registries > (unnamed != NULL);

    *registries =
        needed ? serials_make_folder(copy, REGISTRIES_FOLDER) : open_named(copy, REGISTRIES_FOLDER);
    return needed && *registries < 0 ? *registries : 0;
}

static int settle(int copy, const struct config *config)
{
    int registries, r = open_registries(copy, config, &registries);

    if (r < 0)
        return r;
    unlinkat(copy, POLICY_FILE NEW_SUFFIX, 0);
    r = make_folders(copy, registries, config);
    if (r == 0)
        r = policy_write(copy, config);
    if (r == 0 && is_of_named(copy, config)) {
        empty(copy);
        r = take_back(copy, registries, config);
    }
    if (r == 0)
        remove_folders(copy, registries, config);
    if (registries >= 0)
        close(registries);
    /* Where none is named there is nothing in it. */
    unlinkat(copy, REGISTRIES_FOLDER, AT_REMOVEDIR);
    return r;
}

int folders_settle(const struct config *config, char error[MESSAGE_OCTETS])
{
    int copy = open(config->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int lock = -1, r = copy < 0 ? -errno : 0;

    /* Else the rounds say what is wrong with the folder. */
    if (policy_is_needed(copy, config)) {
        if (r == 0)
            r = lock = take_lock(copy);
        if (r >= 0)
            r = settle(copy, config);
    } else {
        r = 0;
    }
    if (lock >= 0)
        close(lock);
    if (copy >= 0)
        close(copy);
    if (r == 0)
        return 0;
    if (r == -EWOULDBLOCK)
        message_set(error, "%s: another gitdns-syncd is at work in it; answers as before",
                    config->directory);
    else
        message_set(error, "%s: %s; answers as before", config->directory, error_text(r));
    return -1;
}
