#include "cli/cli.h"
#include "cli/daemon_socket.h"
#include "cli/outage_view.h"
#include "copy/control.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONFIRM_TRIES 50
#define CONFIRM_STEP_NS 50000000L

static bool send_word(const char *word)
{
    int fd = daemon_connect();
    bool sent = fd >= 0 && daemon_send(fd, word);

    if (fd >= 0)
        close(fd);
    return sent;
}

static bool is_confirmed(enum board_forced forced)
{
    const struct timespec step = {.tv_nsec = CONFIRM_STEP_NS};
    struct outage_view view;

    for (int i = 0; i < CONFIRM_TRIES; i++) {
        outage_view_read(&view, false);
        if (view.watched && view.forced == forced &&
            (forced == BOARD_AUTO || view.everything == (forced == BOARD_ON)))
            return true;
        nanosleep(&step, NULL);
    }
    return false;
}

static int force(enum board_forced forced)
{
    if (geteuid() != 0) {
        fprintf(stderr, "gitdns: outage %s: only root may decide that\n", control_word(forced));
        return CLI_BAD;
    }
    if (!send_word(control_word(forced))) {
        fprintf(stderr, "gitdns: " REPORT_PATH ": %s; does gitdns-syncd run?\n", strerror(errno));
        return CLI_BAD;
    }
    if (!is_confirmed(forced)) {
        fprintf(stderr, "gitdns: gitdns-syncd was told, but " BOARD_PATH " does not show it\n");
        return CLI_BAD;
    }
    return CLI_OK;
}

int cli_outage(const struct cli *cli)
{
    struct outage_view view = {.watched = false};
    int status = CLI_OK;

    if (cli->count > 0) {
        enum board_forced forced = BOARD_AUTO;

        while (forced <= BOARD_OFF && strcmp(cli->arguments[0], control_word(forced)) != 0)
            forced++;
        if (forced > BOARD_OFF) {
            fprintf(stderr, "gitdns: outage takes on, off or auto\n");
            return CLI_USAGE;
        }
        status = force(forced);
    }
    if (status == CLI_OK) {
        outage_view_read(&view, true);
        outage_view_print(&view, "outage", time(NULL));
    }
    return status == CLI_OK && view.watched ? CLI_OK : CLI_BAD;
}
