#include "cli/doctor_checks.h"
#include "base/error.h"
#include "cli/doctor_check_copies.h"
#include "copy/copy.h"
#include <string.h>
#include <unistd.h>

static const char enable[] = "gitdns enable";
static const char automatic[] = "gitdns outage auto";
static const char end_drill[] = "gitdns drill --end";

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
        faults_add(faults, HEALTH_UNPROTECTED, reach->number != 0 ? mend : enable, "%s", sentence);
    } else if (placement_is_met(&facts->status.line, &facts->machine)) {
        return;
    } else if (facts->machine.nscd && has_service(facts, "gitdns_outage")) {
        faults_add(faults, HEALTH_DEGRADED, enable,
                   "under nscd dns needs [NOTFOUND=return], or names that DNS denies are answered");
    } else if (has_service(facts, "resolve")) {
        faults_add(faults, HEALTH_DEGRADED, enable,
                   "`resolve' stands in the hosts line: every look-up of an outage waits for it");
    } else {
        faults_add(faults, HEALTH_DEGRADED, enable,
                   "gitdns_outage [TRYAGAIN=return] does not stand before dns: every look-up of an "
                   "outage waits for DNS to fail");
    }
}

static void check_modules(const struct doctor_facts *facts, struct faults *faults)
{
    static const char install[] = "install the package libnss-gitdns";

    if (facts->status.module_error[0] != '\0')
        faults_add(faults, HEALTH_UNPROTECTED, install, "%s", facts->status.module_error);
    else if (has_service(facts, "gitdns_outage") && facts->outage_module_error[0] != '\0')
        faults_add(faults, HEALTH_DEGRADED, install, "%s", facts->outage_module_error);
    if (has_service(facts, "gitdns") && facts->lacks_module_32)
        faults_add(
            faults, HEALTH_DEGRADED, "install libnss-gitdns:i386 (Debian), nss-gitdns.i686 (RPM)",
            "programs for 32 bits have a glibc here and not the modules: no outage is made good "
            "for them, and of names that are not found they say `System error'");
}

/* Several files may lie behind the same folder. */
static void check_closed(const struct doctor_facts *facts, struct faults *faults)
{
    static const char *const so[DOCTOR_FILES] = {
        [DOCTOR_STORE... DOCTOR_POLICY] = "their programs have no answers",
        [DOCTOR_NSSWITCH] = "the hosts line is not theirs",
        [DOCTOR_RESOLV_CONF] = "no nameserver is known to them",
        [DOCTOR_BOARD] = "their look-ups of an outage wait for DNS to fail"};
    const char *before = "";

    for (int i = 0; i < DOCTOR_FILES; i++) {
        const struct closed_path *closed = &facts->closed[i];

        if (closed->path[0] == '\0' || strcmp(closed->path, before) == 0)
            continue;
        faults_add(faults, HEALTH_DEGRADED, closed->mend,
                   "%s is not open to every user, so that %s", closed->path, so[i]);
        before = closed->path;
    }
}

static void check_store(const struct doctor_facts *facts, struct faults *faults)
{
    const struct cli *cli = facts->cli;

    if (strcmp(cli->directory, STORE_DIRECTORY) != 0)
        faults_add(faults, HEALTH_UNPROTECTED, "in gitdns.conf: directory = " STORE_DIRECTORY,
                   "%s: the copy is kept in %s; the module reads " STORE_DIRECTORY " alone",
                   cli->config_path, cli->directory);
    doctor_check_copies(facts, faults);
    check_closed(facts, faults);
}

/* Returns whether nothing is wrong with it. */
static bool check_configuration(const struct doctor_facts *facts, struct faults *faults)
{
    /* Where it is kept from this user the rounds alone tell. */
    if (facts->cli->config_error[0] != '\0' && !facts->cli->hidden)
        faults_add(faults, HEALTH_DEGRADED, "correct it, see gitdns.conf(5)", "%s",
                   facts->cli->config_error);
    else if (!facts->cli->configured)
        faults_add(faults, HEALTH_DEGRADED, "write " CONFIG_PATH ", see gitdns.conf(5)",
                   CONFIG_PATH ": there is none, so that the copy is never refreshed");
    else
        return true;
    return false;
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
        faults_add(faults, HEALTH_DEGRADED, "write " RESOLV_CONF_PATH ", see resolv.conf(5)",
                   RESOLV_CONF_PATH ": %s: every look-up of an outage waits for DNS to fail",
                   error_text(facts->resolv_conf_error));
    else
        faults_add(
            faults, HEALTH_DEGRADED,
            "look again in a few seconds; else let gitdns-syncd see the same " RESOLV_CONF_PATH,
            "gitdns-syncd asks by another resolv.conf than the one here (another's view of the "
            "files, or it has just changed): gitdns_outage stays closed here, and every look-up of "
            "an outage waits for DNS to fail");
}

static void check_service(const struct doctor_facts *facts, struct faults *faults)
{
    const struct outage_view *outage = &facts->status.outage;

    if (!outage->watched)
        faults_add(
            faults, HEALTH_DEGRADED, facts->start,
            "gitdns-syncd does not run: nothing refreshes the copy, and every look-up of an outage "
            "waits for DNS to fail");
    else if (outage->silent)
        faults_add(
            faults, HEALTH_DEGRADED, facts->restart,
            "gitdns-syncd does not answer, it is stopped or hangs: nothing refreshes the copy, and "
            "every look-up of an outage waits for DNS to fail");
    else if (outage->forced == BOARD_OFF)
        faults_add(
            faults, HEALTH_DEGRADED, automatic,
            "an administrator has said that there is no outage: every look-up of one waits for DNS "
            "to fail");
    else if (outage->forced == BOARD_ON)
        faults_add(
            faults, HEALTH_DEGRADED, automatic,
            "an administrator has said that there is an outage: the copy answers before DNS");
    else if (outage->forced == BOARD_DRILL)
        faults_add(faults, HEALTH_DEGRADED, end_drill,
                   "a drill: what the copy lacks is not asked of DNS");
}

/* Who is not root may see no processes but their own. */
static void check_dnsdist(const struct doctor_facts *facts, struct faults *faults)
{
    if (facts->dnsdist.configuration[0] != '\0' && !facts->dnsdist.runs && geteuid() == 0)
        faults_add(faults, HEALTH_DEGRADED,
                   "systemctl enable --now dnsdist; journalctl -n 20 -u dnsdist",
                   "dnsdist, which %s has answer a network from the copy, does not run",
                   facts->dnsdist.configuration);
}

bool doctor_is_instant(const struct doctor_facts *facts)
{
    const struct outage_view *outage = &facts->status.outage;

    return doctor_counts_line(facts) && placement_is_met(&facts->status.line, &facts->machine) &&
           outage->watched && !outage->silent && outage->forced != BOARD_OFF &&
           !is_elsewhere(facts);
}

/* Of the one that was chosen, or of any. */
static bool has_copy(const struct doctor_facts *facts)
{
    const struct status *status = &facts->status;
    bool has = facts->cli->registry_name != NULL
                   ? status_registry_answers(status, &status->registry[0])
                   : status->has_copy;

    return has && status->module_error[0] == '\0';
}

bool doctor_answers(const struct doctor_facts *facts, const struct dns_failure *failure)
{
    return has_copy(facts) && dns_failure_reaches(failure, &facts->status.line);
}

uint64_t doctor_answered(const struct doctor_facts *facts)
{
    return has_copy(facts) && reach_answers(facts->status.reach.reach) ? facts->answered : 0;
}

bool doctor_is_out(const struct doctor_facts *facts)
{
    const struct outage_view *outage = &facts->status.outage;

    return outage->watched && outage->forced != BOARD_OFF && outage->since > 0 &&
           !is_elsewhere(facts) && (outage->everything || outage->names > 0);
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
    doctor_check_policy(facts, faults);
    if (refreshes)
        doctor_check_rounds(facts, faults);
    check_service(facts, faults);
    check_resolv_conf(facts, faults);
    check_dnsdist(facts, faults);
}
