#include "cli/cli.h"
#include "cli/daemon_force.h"
#include "cli/outage_view.h"
#include "copy/control.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static void print_json(const struct outage_view *view)
{
    struct json json;

    json_begin(&json, 1);
    outage_view_print_json(&json, "outage", view);
    json_end(&json);
}

int cli_outage(const struct cli *cli)
{
    struct outage_view view = {.watched = false};
    int status = CLI_OK;

    if (cli->count > 0) {
        struct control control = {.forced = BOARD_AUTO};

        while (control.forced <= BOARD_OFF &&
               strcmp(cli->arguments[0], control_word(control.forced)) != 0)
            control.forced++;
        if (control.forced > BOARD_OFF) {
            fprintf(stderr, "gitdns: outage takes on, off or auto\n");
            return CLI_USAGE;
        }
        status = daemon_force(&control, "outage");
    }
    if (status == CLI_OK) {
        outage_view_read(&view, true);
        if (cli->json)
            print_json(&view);
        else
            outage_view_print(&view, "outage", time(NULL));
    }
    return status == CLI_OK && view.watched ? CLI_OK : CLI_BAD;
}
