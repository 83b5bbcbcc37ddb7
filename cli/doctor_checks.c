#include "cli/doctor_checks.h"
#include "base/error.h"
#include "cli/format.h"
#include "cli/machine_facts.h"
#include "cli/permissions.h"
#include "copy/copy.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYSTEMD_RUNS "/run/systemd/system"
#define INIT_SCRIPT "/etc/init.d/gitdns-syncd"
#define SOON (7 * 86400)

static const char enable[] = "gitdns enable";
static const char pull[] = "gitdns pull";
static const char automatic[] = "gitdns outage auto";

static void add(struct doctor *doctor, enum health health, const char *mend, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

static void add(struct doctor *doctor, enum health health, const char *mend, const char *format,
                ...)
{
    struct problem *problem = &doctor->problem[doctor->problems];
    char text[MESSAGE_OCTETS];
    va_list arguments;

    if (doctor->problems == PROBLEMS_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    message_set(problem->what, "%s", text);
    problem->health = health;
    message_set(problem->mend, "%s", mend);
    doctor->problems++;
}

static bool has_service(const struct doctor *doctor, const char *name)
{
    return doctor->readable && hosts_line_find(&doctor->status.line, name) >= 0;
}

static void examine_line(struct doctor *doctor)
{
    const struct reach_report *reach = &doctor->status.reach;
    char sentence[REACH_SENTENCE_OCTETS], mend[MESSAGE_OCTETS];

    if (!reach_answers(reach->reach)) {
        reach_sentence(reach, sentence);
        message_set(mend, "correct line %zu of " NSSWITCH_PATH ", see nsswitch.conf(5)",
                    reach->number);
        add(doctor, HEALTH_UNPROTECTED, reach->number != 0 ? mend : enable, "%s", sentence);
    } else if (!rule_is_met(&doctor->status.line, &doctor->facts)) {
        if (doctor->facts.nscd && has_service(doctor, "gitdns_outage"))
            add(doctor, HEALTH_DEGRADED, enable,
                "under nscd dns needs [NOTFOUND=return], or names that DNS denies are answered");
        else if (has_service(doctor, "resolve"))
            add(doctor, HEALTH_DEGRADED, enable,
                "`resolve' stands in the hosts line: every look-up of an outage waits for it");
        else
            add(doctor, HEALTH_DEGRADED, enable,
                "gitdns_outage [TRYAGAIN=return] does not stand before dns: every look-up of an "
                "outage waits for DNS to fail");
    }
}

static void examine_modules(struct doctor *doctor)
{
    static const char install[] = "install the package libnss-gitdns";
    const char *error;

    if (doctor->status.module_error[0] != '\0')
        add(doctor, HEALTH_UNPROTECTED, install, "%s", doctor->status.module_error);
    else if (has_service(doctor, "gitdns_outage") && !machine_has_module("gitdns_outage", &error))
        add(doctor, HEALTH_DEGRADED, install, "%s", error);
}

/* The programs of every user read these themselves. */
static void examine_shut(struct doctor *doctor)
{
    static const struct {
        const char *path, *so;
    } files[] = {{STORE_PATH, "their programs have no answers"},
                 {NSSWITCH_PATH, "the hosts line is not theirs"},
                 {RESOLV_CONF_PATH, "no nameserver is known to them"},
                 {BOARD_PATH, "their look-ups of an outage wait for DNS to fail"}};
    char before[PATH_MAX] = "";
    struct shut shut;

    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (!shut_find(files[i].path, &shut) || strcmp(shut.path, before) == 0)
            continue;
        add(doctor, HEALTH_DEGRADED, shut.mend, "%s is not open to every user, so that %s",
            shut.path, files[i].so);
        strcpy(before, shut.path);
    }
}

static bool is_behind(const struct status *status)
{
    return status->pinned != 0 && status->newest > status->manifest.serial;
}

/* A pin holds it, however much is fetched. */
static void examine_copy(const struct cli *cli, struct doctor *doctor)
{
    const struct status *status = &doctor->status;
    bool homeless = access(STORE_DIRECTORY, F_OK) < 0 && errno == ENOENT;
    const char *mend = homeless              ? "install -d -o gitdns -g gitdns " STORE_DIRECTORY
                       : status->pinned != 0 ? "gitdns checkout latest"
                       : cli->configured     ? pull
                                             : "write " CONFIG_PATH ", then gitdns pull";
    const char *pinned = status->pinned != 0 ? ", and is pinned" : "";
    char distance[FORMAT_OCTETS];

    if (status->store_error != 0)
        add(doctor, HEALTH_UNPROTECTED, mend, "there is no copy: " STORE_PATH ": %s",
            error_text(status->store_error));
    else if (status->now > status->deadline)
        add(doctor, HEALTH_UNPROTECTED, mend, "the copy expired %s%s: the module answers nothing",
            format_distance(status->now, status->deadline, distance), pinned);
    else if (status->deadline - status->now < SOON)
        add(doctor, HEALTH_DEGRADED, mend, "the copy expires %s%s",
            format_distance(status->now, status->deadline, distance), pinned);
    else if (is_behind(status))
        add(doctor, HEALTH_DEGRADED, mend,
            "the copy is pinned to serial %" PRIu32 ": serial %" PRIu32 " is here and does not "
            "answer",
            status->manifest.serial, status->newest);
}

static void examine_store(const struct cli *cli, struct doctor *doctor)
{
    if (strcmp(cli->directory, STORE_DIRECTORY) != 0)
        add(doctor, HEALTH_UNPROTECTED, "in gitdns.conf: directory = " STORE_DIRECTORY,
            "%s: the copy is kept in %s; the module reads " STORE_DIRECTORY " alone",
            cli->config_path, cli->directory);
    examine_copy(cli, doctor);
    examine_shut(doctor);
}

/* Returns whether nothing is wrong with it. */
static bool examine_configuration(const struct cli *cli, struct doctor *doctor)
{
    /* Where it is kept from this user the rounds alone tell. */
    if (cli->config_error[0] != '\0' && !cli->hidden)
        add(doctor, HEALTH_DEGRADED, "correct it, see gitdns.conf(5)", "%s", cli->config_error);
    else if (!cli->configured)
        add(doctor, HEALTH_DEGRADED, "write " CONFIG_PATH ", see gitdns.conf(5)",
            CONFIG_PATH ": there is none, so that the copy is never refreshed");
    else
        return true;
    return false;
}

static void examine_rounds(struct doctor *doctor)
{
    const struct status *status = &doctor->status;

    if (!status->known)
        add(doctor, HEALTH_DEGRADED, pull, "the copy was never refreshed");
    else if (status->state.failures > 0)
        add(doctor, HEALTH_DEGRADED, pull, "the copy was not refreshed, %u time%s in a row: %s",
            status->state.failures, status->state.failures == 1 ? "" : "s", status->state.result);
}

static const char *start_command(void)
{
    if (access(SYSTEMD_RUNS, F_OK) == 0)
        return "systemctl enable --now gitdns-syncd";
    return access(INIT_SCRIPT, X_OK) == 0 ? "service gitdns-syncd start" : "gitdns-syncd &";
}

/* The module takes the daemon's word for its own resolv.conf alone. */
static bool is_elsewhere(const struct outage_view *outage)
{
    return outage->watched && (outage->elsewhere || access(RESOLV_CONF_PATH, F_OK) < 0);
}

static void examine_elsewhere(struct doctor *doctor)
{
    if (access(RESOLV_CONF_PATH, F_OK) < 0)
        add(doctor, HEALTH_DEGRADED, "write " RESOLV_CONF_PATH ", see resolv.conf(5)",
            RESOLV_CONF_PATH ": %s: every look-up of an outage waits for DNS to fail",
            strerror(errno));
    else
        add(doctor, HEALTH_DEGRADED,
            "look again in a few seconds; else let gitdns-syncd see the same " RESOLV_CONF_PATH,
            "gitdns-syncd asks by another resolv.conf than the one here (another's view of the "
            "files, or it has just changed): gitdns_outage stays closed here, and every look-up of "
            "an outage waits for DNS to fail");
}

static void examine_service(struct doctor *doctor)
{
    const struct outage_view *outage = &doctor->status.outage;

    if (!outage->watched)
        add(doctor, HEALTH_DEGRADED, start_command(),
            "gitdns-syncd does not run: nothing refreshes the copy, and every look-up of an outage "
            "waits for DNS to fail");
    else if (outage->forced == BOARD_OFF)
        add(doctor, HEALTH_DEGRADED, automatic,
            "an administrator has said that there is no outage: every look-up of one waits for DNS "
            "to fail");
    else if (outage->forced == BOARD_ON)
        add(doctor, HEALTH_DEGRADED, automatic,
            "an administrator has said that there is an outage: the copy answers before DNS");
    if (is_elsewhere(outage))
        examine_elsewhere(doctor);
}

static bool is_instant(const struct doctor *doctor)
{
    const struct outage_view *outage = &doctor->status.outage;

    return doctor->readable && rule_is_met(&doctor->status.line, &doctor->facts) &&
           outage->watched && outage->forced != BOARD_OFF && !is_elsewhere(outage);
}

void doctor_examine(const struct cli *cli, struct doctor *doctor)
{
    struct cli usual = *cli;
    bool configured;

    *doctor = (struct doctor){.problems = 0};
    /* What the module reads, wherever the configuration has it. */
    usual.directory = STORE_DIRECTORY;
    snprintf(usual.store_path, sizeof usual.store_path, STORE_PATH);
    status_collect(&usual, &doctor->status);
    doctor->readable = doctor->status.reach.reach != REACH_UNREADABLE &&
                       doctor->status.reach.reach != REACH_REJECTED;
    machine_facts(&doctor->facts);
    resolv_conf_read(&doctor->resolv_conf);
    examine_line(doctor);
    examine_modules(doctor);
    /* Without a configuration there is no copy, and the first is the cause. */
    configured = examine_configuration(cli, doctor);
    examine_store(cli, doctor);
    if (configured)
        examine_rounds(doctor);
    examine_service(doctor);
    doctor->instant = is_instant(doctor);
}

enum health doctor_health(const struct doctor *doctor)
{
    enum health health = HEALTH_FINE;

    for (unsigned i = 0; i < doctor->problems; i++)
        if (doctor->problem[i].health > health)
            health = doctor->problem[i].health;
    return health;
}

const char *doctor_word(enum health health)
{
    static const char *const words[] = {"fine", "degraded", "not protected"};

    return words[health];
}
