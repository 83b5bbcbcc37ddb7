#include "cli/drill_machine.h"
#include "base/number.h"
#include "cli/daemon_force.h"
#include "cli/outage_view.h"
#include "hosts_line/reach.h"
#include <stdio.h>
#include <time.h>

static int bad(const char *what)
{
    fprintf(stderr, "gitdns: drill: %s\n", what);
    return CLI_BAD;
}

static int usage(const char *what)
{
    bad(what);
    return CLI_DRILL_FAULT;
}

/* A drill is what gitdns_outage says in DNS's place: nobody may be asked before it who asks DNS. */
static bool line_has_drills(void)
{
    struct hosts_line line;
    struct reach_report reach = reach_read(&line);
    int outage, dns, resolve;

    if (reach.reach == REACH_UNREADABLE || reach.reach == REACH_REJECTED)
        return false;
    outage = hosts_line_find(&line, "gitdns_outage");
    dns = hosts_line_find(&line, "dns");
    resolve = hosts_line_find(&line, "resolve");
    return outage >= 0 && (dns < 0 || outage < dns) && (resolve < 0 || outage < resolve) &&
           line.service[outage].action[HOSTS_TRYAGAIN] == HOSTS_RETURN;
}

static int begin(const char *time_of_it)
{
    int64_t seconds = duration_parse(time_of_it, "hms");
    struct control control = {.forced = BOARD_DRILL};
    struct outage_view view;

    if (seconds < 1 || seconds > DRILL_SECONDS_MAX)
        return usage("--machine takes a time from 1s to 24h, such as 10m");
    if (!line_has_drills())
        return bad("the hosts line does not have gitdns_outage [TRYAGAIN=return] before all that "
                   "ask DNS; see gitdns enable");
    outage_view_read(&view, false);
    if (view.watched && view.forced != BOARD_AUTO && view.forced != BOARD_DRILL)
        return bad("an administrator has forced what is out; gitdns outage auto takes that back");
    control.seconds = (unsigned)seconds;
    return daemon_force(&control, "drill --machine");
}

static int end(void)
{
    static const struct control automatic = {.forced = BOARD_AUTO};
    struct outage_view view;

    outage_view_read(&view, false);
    if (view.watched && view.forced != BOARD_DRILL)
        return bad("there is none");
    return daemon_force(&automatic, "drill --end");
}

int drill_machine(const struct cli *cli)
{
    struct outage_view view;
    int status;

    if ((cli->machine != NULL && cli->end) || cli->mode != NULL || cli->command != NULL ||
        cli->count > 0)
        return usage("--machine and --end stand alone");
    status = cli->end ? end() : begin(cli->machine);
    if (status != CLI_OK)
        return status;
    outage_view_read(&view, false);
    outage_view_print(&view, "outage", time(NULL));
    return CLI_OK;
}
