/* gitdns-push: a folder and remotes in, a line a remote out. */
#include "base/error.h"
#include "base/streams.h"
#include "push/local_folder.h"
#include "push/push_bar.h"
#include "push/push_options.h"
#include "push/workers.h"
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define PROGRAM "gitdns-push"

enum { EXIT_PART = 1, EXIT_USAGE = 2 };

static const char help[] =
    "Usage: " PROGRAM " [OPTION...] DIR REMOTE...\n"
    "Puts what gitdns-publish has published in DIR onto each remote: serial folders first,\n"
    "which are read back, then HEAD, and then what is old goes. Killed, it can be run again.\n"
    "\n"
    "A REMOTE is one of\n"
    "  /PATH, ./PATH, ../PATH    a folder of this machine\n"
    "  rclone:REMOTE:PATH        what rclone reaches: S3 and other stores, WebDAV, SFTP\n"
    "  rsync:[USER@]HOST:PATH    rsync by ssh, without a password\n"
    "  rsync://HOST[:PORT]/MODULE[/PATH]    an rsync daemon\n"
    "\n"
    "  --force          also where the remote has a newer serial, another registry, or\n"
    "                   another publisher's serials\n"
    "  --within TIME    the time that each remote has: a number and s, m, h, d or w (default\n"
    "                   6h)\n"
    "  --help           this text\n"
    "  --version        the version\n"
    "\n"
    "Exit status: 0 all remotes are whole; 1 one is not, or nothing was pushed; 2 usage.\n";

static bool show(const struct remote *remote, const struct local_folder *local,
                 const struct worker_state *state)
{
    const struct pushed *pushed = &state->pushed;

    if (!state->whole) {
        fprintf(stderr, PROGRAM ": %s: %s\n", remote->word, state->fault);
        return false;
    }
    printf("%s: %s serial %" PRIu32 ", %s, %" PRIu64 " files put, %.1f MB, %" PRIu64 " removed\n",
           remote->word, local->registry_name, local->serial, pushed->moved ? "new" : "as before",
           pushed->files, (double)pushed->octets / 1e6, pushed->removed);
    return true;
}

static int push_all(const struct push_options *options, const struct local_folder *local)
{
    const struct worker_state *state;
    char fault[MESSAGE_OCTETS];
    struct push_bar bar;
    bool whole = true;

    push_bar_start(&bar, options->remotes);
    state = workers_run(options, local, push_bar_show, &bar, fault);
    push_bar_end(&bar);
    if (state == NULL) {
        fprintf(stderr, PROGRAM ": %s; nothing pushed\n", fault);
        return EXIT_PART;
    }
    for (unsigned i = 0; i < options->remotes; i++)
        whole = show(&options->remote[i], local, &state[i]) && whole;
    if (fflush(stdout) != 0) {
        fprintf(stderr, PROGRAM ": standard output: %s\n", error_text(-errno));
        return EXIT_PART;
    }
    return whole ? EXIT_SUCCESS : EXIT_PART;
}

int main(int argc, char **argv)
{
    static struct push_options options;
    static struct local_folder local;
    char fault[MESSAGE_OCTETS];
    int status = EXIT_PART;

    streams_take_closed();
    switch (push_options_parse(argc, argv, &options, fault)) {
    case PUSH_HELP:
        fputs(help, stdout);
        return EXIT_SUCCESS;
    case PUSH_VERSION:
        puts(PROGRAM " " GITDNS_VERSION);
        return EXIT_SUCCESS;
    case PUSH_WRONG:
        if (fault[0] != '\0')
            fprintf(stderr, PROGRAM ": %s; see --help\n", fault);
        return EXIT_USAGE;
    case PUSH_RUN:
        break;
    }
    umask(022);
    if (sodium_init() < 0) {
        fputs(PROGRAM ": libsodium does not work here; nothing pushed\n", stderr);
        return EXIT_PART;
    }
    if (local_folder_open(&local, options.folder, fault) < 0)
        fprintf(stderr, PROGRAM ": %s; nothing pushed\n", fault);
    else
        status = push_all(&options, &local);
    local_folder_close(&local);
    return status;
}
