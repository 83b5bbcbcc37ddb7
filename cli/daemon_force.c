#include "cli/daemon_force.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/daemon_socket.h"
#include "cli/outage_view.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONFIRM_TRIES 50
#define CONFIRM_STEP_NS 50000000L

/* Nothing else is sent to whom the folder belongs. */
static bool read_secret(char secret[CONTROL_SECRET_OCTETS + 1])
{
    int len = file_read_unlinked(AT_FDCWD, CONTROL_SECRET_PATH, secret, CONTROL_SECRET_OCTETS);

    if (len == CONTROL_SECRET_OCTETS) {
        secret[len] = '\0';
        if (strspn(secret, "0123456789abcdef") == CONTROL_SECRET_OCTETS)
            return true;
    }
    errno = len < 0 && error_is_errno(len) ? -len : EINVAL;
    return false;
}

static bool send_word(const struct control *control)
{
    char secret[CONTROL_SECRET_OCTETS + 1], message[CONTROL_MESSAGE_OCTETS];
    int fd = daemon_connect();
    bool sent = fd >= 0 && read_secret(secret);

    if (sent) {
        control_message(control, secret, message);
        sent = daemon_send(fd, message);
    }
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
            (forced == BOARD_AUTO || view.everything == (forced != BOARD_OFF)))
            return true;
        nanosleep(&step, NULL);
    }
    return false;
}

int daemon_force(const struct control *control, const char *command)
{
    if (geteuid() != 0) {
        fprintf(stderr, "gitdns: %s: only root may decide that\n", command);
        return CLI_BAD;
    }
    if (!send_word(control)) {
        fprintf(stderr, "gitdns: " REPORT_PATH ": %s; does gitdns-syncd run?\n", strerror(errno));
        return CLI_BAD;
    }
    if (!is_confirmed(control->forced)) {
        fprintf(stderr, "gitdns: gitdns-syncd was told, but " BOARD_PATH " does not show it\n");
        return CLI_BAD;
    }
    return CLI_OK;
}
