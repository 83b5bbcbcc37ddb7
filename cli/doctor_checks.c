#include "cli/doctor_checks.h"
#include "base/error.h"
#include "base/number.h"
#include "cli/format.h"
#include "copy/copy.h"
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define SOON (7 * DAY)

static const char enable[] = "gitdns enable";
static const char pull[] = "gitdns pull";
static const char automatic[] = "gitdns outage auto";

static void add(struct faults *faults, enum health health, const char *mend, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

static void add(struct faults *faults, enum health health, const char *mend, const char *format,
                ...)
{
    struct fault *fault = &faults->fault[faults->count];
    va_list arguments;

    if (faults->count == FAULTS_MAX)
        return;
    va_start(arguments, format);
    message_set_list(fault->what, format, arguments);
    va_end(arguments);
    message_set(fault->mend, "%s", mend);
    fault->health = health;
    faults->count++;
}

bool doctor_counts_line(const struct doctor_facts *facts)
{
    enum reach reach = facts->status.reach.reach;

    return reach != REACH_UNREADABLE && reach != REACH_REJECTED;
}

static bool has_service(const struct doctor_facts *facts, const char *name)
{
    return doctor_counts_line(facts) && hosts_line_find(&facts->status.line, name) >= 0;
}

static void check_line(const struct doctor_facts *facts, struct faults *faults)
{
    const struct reach_report *reach = &facts->status.reach;
    char sentence[REACH_SENTENCE_OCTETS], mend[MESSAGE_OCTETS];

    if (!reach_answers(reach->reach)) {
        reach_sentence(reach, sentence);
        message_set(mend, "correct line %zu of " NSSWITCH_PATH ", see nsswitch.conf(5)",
                    reach->number);
        add(faults, HEALTH_UNPROTECTED, reach->number != 0 ? mend : enable, "%s", sentence);
    } else if (placement_is_met(&facts->status.line, &facts->machine)) {
        return;
    } else if (facts->machine.nscd && has_service(facts, "gitdns_outage")) {
        add(faults, HEALTH_DEGRADED, enable,
            "under nscd dns needs [NOTFOUND=return], or names that DNS denies are answered");
    } else if (has_service(facts, "resolve")) {
        add(faults, HEALTH_DEGRADED, enable,
            "`resolve' stands in the hosts line: every look-up of an outage waits for it");
    } else {
        add(faults, HEALTH_DEGRADED, enable,
            "gitdns_outage [TRYAGAIN=return] does not stand before dns: every look-up of an "
            "outage waits for DNS to fail");
    }
}

static void check_modules(const struct doctor_facts *facts, struct faults *faults)
{
    static const char install[] = "install the package libnss-gitdns";

    if (facts->status.module_error[0] != '\0')
        add(faults, HEALTH_UNPROTECTED, install, "%s", facts->status.module_error);
    else if (has_service(facts, "gitdns_outage") && facts->outage_module_error[0] != '\0')
        add(faults, HEALTH_DEGRADED, install, "%s", facts->outage_module_error);
    if (has_service(facts, "gitdns") && facts->lacks_module_32)
        add(faults, HEALTH_DEGRADED, "install libnss-gitdns:i386 (Debian), nss-gitdns.i686 (RPM)",
            "programs for 32 bits have a glibc here and not the modules: no outage is made good "
            "for them, and of names that are not found they say `System error'");
}

/* Several files may lie behind the same folder. */
static void check_closed(const struct doctor_facts *facts, struct faults *faults)
{
    static const char *const so[DOCTOR_FILES] = {
        [DOCTOR_STORE] = "their programs have no answers",
        [DOCTOR_NSSWITCH] = "the hosts line is not theirs",
        [DOCTOR_RESOLV_CONF] = "no nameserver is known to them",
        [DOCTOR_BOARD] = "their look-ups of an outage wait for DNS to fail"};
    const char *before = "";

    for (int i = 0; i < DOCTOR_FILES; i++) {
        const struct closed_path *closed = &facts->closed[i];

        if (closed->path[0] == '\0' || strcmp(closed->path, before) == 0)
            continue;
        add(faults, HEALTH_DEGRADED, closed->mend, "%s is not open to every user, so that %s",
            closed->path, so[i]);
        before = closed->path;
    }
}

static bool is_behind(const struct status *status)
{
    return status->pinned != 0 && status->newest > status->manifest.serial;
}

/* A pin holds it, however much is fetched. */
static void check_copy(const struct doctor_facts *facts, struct faults *faults)
{
    const struct status *status = &facts->status;
    const char *mend = facts->homeless          ? "install -d -o gitdns -g gitdns " STORE_DIRECTORY
                       : status->pinned != 0    ? "gitdns checkout latest"
                       : facts->cli->configured ? pull
                                                : "write " CONFIG_PATH ", then gitdns pull";
    const char *pinned = status->pinned != 0 ? ", and is pinned" : "";
    char distance[FORMAT_OCTETS];

    if (status->store_error != 0)
        add(faults, HEALTH_UNPROTECTED, mend, "there is no copy: " STORE_PATH ": %s",
            error_text(status->store_error));
    else if (status->now > status->deadline)
        add(faults, HEALTH_UNPROTECTED, mend, "the copy expired %s%s: the module answers nothing",
            format_distance(status->now, status->deadline, distance), pinned);
    else if (status->deadline - status->now < SOON)
        add(faults, HEALTH_DEGRADED, mend, "the copy expires %s%s",
            format_distance(status->now, status->deadline, distance), pinned);
    else if (is_behind(status))
        add(faults, HEALTH_DEGRADED, mend,
            "the copy is pinned to serial %" PRIu32 ": serial %" PRIu32 " is here and does not "
            "answer",
            status->manifest.serial, status->newest);
}

static void check_store(const struct doctor_facts *facts, struct faults *faults)
{
    const struct cli *cli = facts->cli;

    if (strcmp(cli->directory, STORE_DIRECTORY) != 0)
        add(faults, HEALTH_UNPROTECTED, "in gitdns.conf: directory = " STORE_DIRECTORY,
            "%s: the copy is kept in %s; the module reads " STORE_DIRECTORY " alone",
            cli->config_path, cli->directory);
    check_copy(facts, faults);
    check_closed(facts, faults);
}

/* Returns whether nothing is wrong with it. */
static bool check_configuration(const struct doctor_facts *facts, struct faults *faults)
{
    /* Where it is kept from this user the rounds alone tell. */
    if (facts->cli->config_error[0] != '\0' && !facts->cli->hidden)
        add(faults, HEALTH_DEGRADED, "correct it, see gitdns.conf(5)", "%s",
            facts->cli->config_error);
    else if (!facts->cli->configured)
        add(faults, HEALTH_DEGRADED, "write " CONFIG_PATH ", see gitdns.conf(5)",
            CONFIG_PATH ": there is none, so that the copy is never refreshed");
    else
        return true;
    return false;
}

static void check_rounds(const struct doctor_facts *facts, struct faults *faults)
{
    const struct status *status = &facts->status;

    if (!status->known)
        add(faults, HEALTH_DEGRADED, pull, "the copy was never refreshed");
    else if (status->rounds.failures > 0)
        add(faults, HEALTH_DEGRADED, pull, "the copy was not refreshed, %u time%s in a row: %s",
            status->rounds.failures, status->rounds.failures == 1 ? "" : "s",
            status->rounds.result);
}

/* The module takes the daemon's word for its own resolv.conf alone. */
static bool is_elsewhere(const struct doctor_facts *facts)
{
    const struct outage_view *outage = &facts->status.outage;

    return outage->watched && (outage->elsewhere || facts->resolv_conf_error != 0);
}

static void check_resolv_conf(const struct doctor_facts *facts, struct faults *faults)
{
    if (!is_elsewhere(facts))
        return;
    if (facts->resolv_conf_error != 0)
        add(faults, HEALTH_DEGRADED, "write " RESOLV_CONF_PATH ", see resolv.conf(5)",
            RESOLV_CONF_PATH ": %s: every look-up of an outage waits for DNS to fail",
            error_text(facts->resolv_conf_error));
    else
        add(faults, HEALTH_DEGRADED,
            "look again in a few seconds; else let gitdns-syncd see the same " RESOLV_CONF_PATH,
            "gitdns-syncd asks by another resolv.conf than the one here (another's view of the "
            "files, or it has just changed): gitdns_outage stays closed here, and every look-up of "
            "an outage waits for DNS to fail");
}

static void check_service(const struct doctor_facts *facts, struct faults *faults)
{
    const struct outage_view *outage = &facts->status.outage;

    if (!outage->watched)
        add(faults, HEALTH_DEGRADED, facts->start,
            "gitdns-syncd does not run: nothing refreshes the copy, and every look-up of an outage "
            "waits for DNS to fail");
    else if (outage->silent)
        add(faults, HEALTH_DEGRADED, facts->restart,
            "gitdns-syncd does not answer, it is stopped or hangs: nothing refreshes the copy, and "
            "every look-up of an outage waits for DNS to fail");
    else if (outage->forced == BOARD_OFF)
        add(faults, HEALTH_DEGRADED, automatic,
            "an administrator has said that there is no outage: every look-up of one waits for DNS "
            "to fail");
    else if (outage->forced == BOARD_ON)
        add(faults, HEALTH_DEGRADED, automatic,
            "an administrator has said that there is an outage: the copy answers before DNS");
}

bool doctor_is_instant(const struct doctor_facts *facts)
{
    const struct outage_view *outage = &facts->status.outage;

    return doctor_counts_line(facts) && placement_is_met(&facts->status.line, &facts->machine) &&
           outage->watched && !outage->silent && outage->forced != BOARD_OFF &&
           !is_elsewhere(facts);
}

void doctor_check(const struct doctor_facts *facts, struct faults *faults)
{
    bool refreshes;

    faults->count = 0;
    check_line(facts, faults);
    check_modules(facts, faults);
    /* Without a configuration there is no copy, and the first is the cause. */
    refreshes = check_configuration(facts, faults);
    check_store(facts, faults);
    if (refreshes)
        check_rounds(facts, faults);
    check_service(facts, faults);
    check_resolv_conf(facts, faults);
}

enum health doctor_health(const struct faults *faults)
{
    enum health health = HEALTH_FINE;

    for (unsigned i = 0; i < faults->count; i++)
        if (faults->fault[i].health > health)
            health = faults->fault[i].health;
    return health;
}

const char *doctor_word(enum health health)
{
    static const char *const words[] = {"fine", "degraded", "not protected"};

    return words[health];
}
