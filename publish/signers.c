#include "publish/signers.h"
#include "base/error.h"
#include "base/file.h"
#include "publish/stop.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "minisign"
#define KEY_FILE_MAX 4096

/* KEY.pub, or NAME.pub for NAME.key. Returns 0, E_KEY_ENCRYPTED if neither is there, or why the one
 * that is cannot be used. */
static int load_beside(struct keys *keys, const char *secret)
{
    size_t len = strlen(secret);
    char path[PATH_MAX];
    int r = -ENOENT;

    if (snprintf(path, sizeof path, "%s.pub", secret) >= (int)sizeof path)
        return -ENAMETOOLONG;
    r = keys_load(keys, path);
    if (r == -ENOENT && len > 4 && strcmp(secret + len - 4, ".key") == 0) {
        memcpy(path + len - 4, ".pub", sizeof ".pub");
        r = keys_load(keys, path);
    }
    return r == -ENOENT ? E_KEY_ENCRYPTED : r;
}

static int load_secret(struct keys *keys, const char *secret)
{
    char text[KEY_FILE_MAX];
    int r = file_read(AT_FDCWD, secret, text, sizeof text);

    if (r >= 0)
        r = keys_add_secret(keys, text, (size_t)r);
    sodium_memzero(text, sizeof text);
    return r == E_KEY_ENCRYPTED ? load_beside(keys, secret) : r;
}

static int is_key(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return entry->d_name[0] != '.' && len > 4 && strcmp(entry->d_name + len - 4, ".key") == 0;
}

/* Takes the path; NULL: there was no memory for it. */
static int add_file(struct signers *signers, char *path)
{
    if (path == NULL)
        return -ENOMEM;
    if (signers->count == SIGNERS_MAX) {
        free(path);
        return E_KEY_MANY;
    }
    signers->secret[signers->count++] = path;
    return 0;
}

/* A file, or all keys of a folder. */
static int add_secret(struct signers *signers, const char *path)
{
    struct dirent **entry;
    int n = scandir(path, &entry, is_key, alphasort), r = n == 0 ? E_KEY_NONE : 0;

    if (n < 0)
        return errno == ENOTDIR ? add_file(signers, strdup(path)) : -errno;
    for (int i = 0; i < n; i++) {
        char *file = NULL;

        if (r == 0 && asprintf(&file, "%s/%s", path, entry[i]->d_name) < 0)
            file = NULL;
        if (r == 0)
            r = add_file(signers, file);
        free(entry[i]);
    }
    free(entry);
    return r;
}

void signers_close(struct signers *signers)
{
    for (unsigned i = 0; i < signers->count; i++)
        free(signers->secret[i]);
    signers->count = 0;
}

int signers_load(struct signers *signers, const struct signer_options *options,
                 struct problem *problem)
{
    int r;

    *signers = (struct signers){.count = 0};
    for (unsigned i = 0; i < options->secrets; i++) {
        r = add_secret(signers, options->secret[i]);
        if (r == E_KEY_NONE)
            return problem_set(problem, r, "%s: no *.key in this folder", options->secret[i]);
        if (r == E_KEY_MANY)
            return problem_set(problem, r, "%s: more than %d keys", options->secret[i],
                               SIGNERS_MAX);
        if (r < 0)
            return problem_set(problem, r, "%s: %s", options->secret[i], error_text(r));
    }
    for (unsigned i = 0; i < signers->count; i++) {
        r = load_secret(&signers->own, signers->secret[i]);
        if (r < 0 && !(r == E_KEY_ENCRYPTED && options->pubkeys > 0))
            return problem_set(problem, r, "%s: %s%s", signers->secret[i], error_text(r),
                               r == E_KEY_ENCRYPTED ? "; see --pubkey" : "");
    }
    signers->trusted = signers->own;
    for (unsigned i = 0; i < options->pubkeys; i++) {
        r = keys_load(&signers->trusted, options->pubkey[i]);
        if (r < 0)
            return problem_set(problem, r, "%s: %s", options->pubkey[i], error_text(r));
    }
    return 0;
}

/* Waits for the child; passes a wish to stop on. */
static int wait_for(pid_t child, struct problem *problem)
{
    int status;

    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return problem_set(problem, E_SIGN, PROGRAM ": %s", error_text(-errno));
        if (stop_requested())
            kill(child, SIGTERM);
    }
    if (stop_requested())
        return problem_set(problem, E_STOPPED, PROGRAM ": stopped");
    if (WIFSIGNALED(status))
        return problem_set(problem, E_SIGN, PROGRAM ": killed by signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) != 0)
        return problem_set(problem, E_SIGN, PROGRAM ": failed with exit status %d",
                           WEXITSTATUS(status));
    return 0;
}

/* A file in memory, which the child opens anew as /proc/self/fd/N. */
struct memory {
    int fd;
    char path[sizeof "/proc/self/fd/" + 10];
};

static int memory_open(struct memory *memory, const char *name, unsigned flags)
{
    memory->fd = memfd_create(name, MFD_CLOEXEC | flags);
    if (memory->fd < 0)
        return -errno;
    snprintf(memory->path, sizeof memory->path, "/proc/self/fd/%d", memory->fd);
    return 0;
}

/* Lets the child keep it. */
static int memory_pass(const struct memory *memory, posix_spawn_file_actions_t *actions)
{
    return posix_spawn_file_actions_adddup2(actions, memory->fd, memory->fd);
}

static int start(const struct memory *message, const struct memory *out,
                 const char *const arguments[], pid_t *child, struct problem *problem)
{
    posix_spawn_file_actions_t actions;
    int r = posix_spawn_file_actions_init(&actions);

    if (r != 0)
        return problem_set(problem, -r, PROGRAM ": %s", error_text(-r));
    r = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    if (r == 0)
        r = memory_pass(message, &actions);
    if (r == 0)
        r = memory_pass(out, &actions);
    if (r == 0)
        r = posix_spawnp(child, PROGRAM, &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (r == ENOENT)
        return problem_set(problem, E_SIGN, PROGRAM ": program not found; install minisign");
    return r != 0 ? problem_set(problem, E_SIGN, PROGRAM ": %s", error_text(-r)) : 0;
}

static int run_minisign(const char *secret, const struct memory *message, const struct memory *out,
                        const char *registry_name, uint32_t serial, struct problem *problem)
{
    char trusted[sizeof "gitdns  serial " + REGISTRY_NAME_MAX + 10];
    const char *const arguments[] = {PROGRAM, "-S",          "-s", secret,
                                     "-m",    message->path, "-x", out->path,
                                     "-t",    trusted,       "-c", "signed gitdns manifest",
                                     NULL};
    pid_t child = -1;
    int r;

    snprintf(trusted, sizeof trusted, "gitdns %s serial %u", registry_name, serial);
    r = start(message, out, arguments, &child, problem);
    return r < 0 ? r : wait_for(child, problem);
}

static int read_signature(const struct memory *out, char signature[SIGNATURE_MAX_OCTETS],
                          struct problem *problem)
{
    int r = file_read(AT_FDCWD, out->path, signature, SIGNATURE_MAX_OCTETS);

    return r < 0 ? problem_set(problem, E_SIGN, PROGRAM ": its signature cannot be used: %s",
                               error_text(r))
                 : r;
}

int signers_run(const char *secret, const char *text, size_t len, const char *registry_name,
                uint32_t serial, char signature[SIGNATURE_MAX_OCTETS], struct problem *problem)
{
    struct memory message = {.fd = -1}, out = {.fd = -1};
    int r = memory_open(&message, "manifest", MFD_ALLOW_SEALING);

    if (r == 0)
        r = file_write_all(message.fd, text, len);
    if (r == 0 && fcntl(message.fd, F_ADD_SEALS,
                        F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0)
        r = -errno;
    if (r == 0)
        r = memory_open(&out, "manifest.minisig", 0);
    if (r < 0)
        problem_set(problem, r, "memory for a signature: %s", error_text(r));
    if (r == 0)
        r = run_minisign(secret, &message, &out, registry_name, serial, problem);
    if (r == 0)
        r = read_signature(&out, signature, problem);
    if (message.fd >= 0)
        close(message.fd);
    if (out.fd >= 0)
        close(out.fd);
    return r;
}
