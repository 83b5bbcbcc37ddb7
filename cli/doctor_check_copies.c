#include "cli/doctor_check_copies.h"
#include "base/error.h"
#include "base/number.h"
#include "base/span.h"
#include "copy/copy.h"
#include "copy/freshness.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* So many rounds find nothing to fetch in the first hour. */
#define AWAITED_ROUNDS 6
/* Where no configuration tells. */
#define USUAL_INTERVAL (7 * DAY)

/* `corp: ` */
#define WHO_OCTETS (REGISTRY_NAME_MAX + sizeof ": ")

/* Whose copy it is, where there are several. */
static const char *who(const struct doctor_facts *facts, unsigned i, char out[WHO_OCTETS])
{
    out[0] = '\0';
    if (facts->status.registries > 1)
        snprintf(out, WHO_OCTETS, "%s: ", facts->status.registry[i].copy.name);
    return out;
}

/* A command of the registry's own. */
static const char *command(const struct doctor_facts *facts, unsigned i, const char *start,
                           char out[MESSAGE_OCTETS])
{
    const char *name = facts->status.registry[i].copy.name;
    bool several = facts->status.registries > 1 || facts->cli->registry_name != NULL;

    message_set(out, "gitdns %s%s%s", start, several ? " --registry " : "", several ? name : "");
    return out;
}

void doctor_check_policy(const struct doctor_facts *facts, struct faults *faults)
{
    static const char path[] = STORE_DIRECTORY "/" POLICY_FILE;
    const struct outage_view *outage = &facts->status.outage;
    const char *mend = outage->watched && !outage->silent ? facts->reload : "gitdns pull";

    if (facts->status.policy_error != 0)
        faults_add(faults, HEALTH_UNPROTECTED, mend,
                   "%s: %s: programs that start now have no answers", path,
                   error_text(facts->status.policy_error));
    else if (facts->unsettled)
        faults_add(faults, HEALTH_DEGRADED, mend,
                   "%s does not say what %s does: registries and names are answered as before",
                   path, facts->cli->config_path);
}

static bool is_behind(const struct status_registry *registry)
{
    return registry->pinned != 0 && registry->newest > registry->manifest.serial;
}

/* When nothing newer was there: what is published here can be seen now. */
static int64_t last_look(const struct doctor_facts *facts, unsigned i)
{
    return facts->publisher[i].own ? facts->status.now : facts->status.registry[i].rounds.last;
}

/* Where rounds fail nobody can tell what is published elsewhere. */
static bool has_stopped(const struct doctor_facts *facts, unsigned i)
{
    const struct status_registry *registry = &facts->status.registry[i];
    const struct doctor_publisher *publisher = &facts->publisher[i];
    int64_t usual = registry->usual == 0 && publisher->daily ? DAY : registry->usual;

    /* A new starter comes with a new package. */
    if (registry->created == 0 || strcmp(registry->copy.name, STARTER) == 0)
        return false;
    if (!publisher->own && (!registry->known || registry->rounds.failures > 0))
        return false;
    if (publisher->own &&
        freshness_may_catch_up(registry->created, usual, registry->rounds.last, facts->status.now))
        return false;
    /* No good round leaves one that has expired: it is none that was fetched. */
    if (!publisher->own && registry->rounds.last > registry->expires)
        return false;
    return freshness_has_stopped(registry->created, registry->expires, usual, last_look(facts, i));
}

/* A pin holds it, however much is fetched. */
static const char *mend_of(const struct doctor_facts *facts, unsigned i, char out[MESSAGE_OCTETS])
{
    if (facts->homeless)
        return "install -d -o gitdns -g gitdns " STORE_DIRECTORY;
    if (facts->status.registry[i].pinned != 0)
        return command(facts, i, "checkout latest", out);
    if (!facts->cli->configured)
        return "write " CONFIG_PATH ", then gitdns pull";
    if (has_stopped(facts, i))
        return facts->publisher[i].mend;
    return command(facts, i, "pull", out);
}

/* It has a word on names that no other registry may answer. */
static const char *of_domains(const struct doctor_facts *facts, unsigned i)
{
    return facts->has_domains[i] ? "; at and below its domains nothing is answered" : "";
}

/* No failure, but where nothing answers, or is to come any more. */
static void check_awaited(const struct doctor_facts *facts, unsigned i, struct faults *faults)
{
    const struct status *status = &facts->status;
    char name[WHO_OCTETS];
    const char *of = who(facts, i, name);

    if (status->registry[i].rounds.failures > AWAITED_ROUNDS)
        faults_add(faults, status->has_copy ? HEALTH_DEGRADED : HEALTH_UNPROTECTED,
                   facts->publisher[i].mend,
                   "%sthe first copy is not made: %u times in a row nothing was there", of,
                   status->registry[i].rounds.failures);
    else if (!status->has_copy)
        faults_add(faults, HEALTH_UNPROTECTED, facts->publisher[i].mend,
                   "%sfirst copy is being made: until then the module answers nothing", of);
    else if (facts->cli->registry_name != NULL)
        faults_add(faults, HEALTH_DEGRADED, facts->publisher[i].mend, "%sfirst copy is being made",
                   of);
}

/* Where the copy itself is good still. */
static void check_publisher(const struct doctor_facts *facts, unsigned i, struct faults *faults)
{
    const struct status_registry *registry = &facts->status.registry[i];
    char name[WHO_OCTETS], nothing[SPAN_OCTETS], every[SPAN_OCTETS];
    char usual[SPAN_OCTETS + sizeof "; before, it was every "] = "";

    if (!has_stopped(facts, i))
        return;
    if (registry->usual > 0)
        snprintf(usual, sizeof usual, "; before, it was every %s",
                 span_text(registry->usual, every));
    faults_add(faults, HEALTH_DEGRADED, facts->publisher[i].mend,
               "%sthe publisher has stopped: nothing new for %s%s", who(facts, i, name),
               span_text(last_look(facts, i) - registry->created, nothing), usual);
}

static void check_copy(const struct doctor_facts *facts, unsigned i, struct faults *faults)
{
    const struct status *status = &facts->status;
    const struct status_registry *registry = &status->registry[i];
    enum health health = status->has_copy ? HEALTH_DEGRADED : HEALTH_UNPROTECTED;
    const char *pinned = registry->pinned != 0 ? ", and is pinned" : "";
    char name[WHO_OCTETS], mend[MESSAGE_OCTETS], expires[FRESHNESS_OCTETS];
    const char *of = who(facts, i, name), *how = mend_of(facts, i, mend);

    if (registry->awaited)
        check_awaited(facts, i, faults);
    else if (registry->store_error != 0)
        faults_add(faults, health, how, "%sthere is no copy: %s: %s%s", of,
                   registry->copy.store_path, error_text(registry->store_error),
                   of_domains(facts, i));
    else if (status->now > registry->deadline)
        faults_add(faults, health, how, "%s%s%s: the module answers nothing%s%s", of,
                   freshness_text(registry->deadline, status->now, expires), pinned,
                   of[0] != '\0' ? " from it" : "", of_domains(facts, i));
    else if (freshness_ends_soon(registry->manifest.created, registry->deadline, status->now))
        faults_add(faults, HEALTH_DEGRADED, how, "%s%s%s", of,
                   freshness_text(registry->deadline, status->now, expires), pinned);
    else if (is_behind(registry))
        faults_add(faults, HEALTH_DEGRADED, how,
                   "%sthe copy is pinned to serial %" PRIu32 ": serial %" PRIu32 " is here and "
                   "does not answer",
                   of, registry->manifest.serial, registry->newest);
}

/* The starter alone: whoever else is to answer has faults of its own, or comes yet. */
static void check_starter(const struct doctor_facts *facts, struct faults *faults)
{
    static const char holds[] = "servers of DNS and public resolvers, and none of the names that "
                                "people and programs ask for";
    const struct status *status = &facts->status;
    const char *mend = facts->beginning;
    char awaited[REGISTRY_NAME_MAX + 64] = "";

    if (!status->starter || facts->cli->registry_name != NULL)
        return;
    for (unsigned i = 0; i < status->registries; i++) {
        const struct status_registry *registry = &status->registry[i];

        if (registry->awaited && registry->rounds.failures <= AWAITED_ROUNDS) {
            mend = facts->publisher[i].mend;
            snprintf(awaited, sizeof awaited, "%s: first copy is being made; until then ",
                     registry->copy.name);
        } else if (strcmp(registry->copy.name, STARTER) != 0) {
            return;
        }
    }
    faults_add(faults, HEALTH_DEGRADED, mend, "%sthe starter alone answers: %s", awaited, holds);
}

void doctor_check_copies(const struct doctor_facts *facts, struct faults *faults)
{
    for (unsigned i = 0; i < facts->status.registries; i++) {
        unsigned before = faults->count;

        check_copy(facts, i, faults);
        if (faults->count == before)
            check_publisher(facts, i, faults);
    }
    check_starter(facts, faults);
}

/* A round that fails is none as long as the copy is as good as it would be without it. */
static bool is_worth_telling(const struct status *status, const struct status_registry *registry)
{
    const struct config_registry *config = registry->copy.registry;
    int64_t interval = config != NULL ? config->interval : USUAL_INTERVAL;
    int64_t deadline = registry->pinned != 0 ? registry->expires : registry->deadline;

    return registry->store_error != 0 ||
           freshness_is_old(registry->created, deadline, registry->usual, interval, status->now);
}

void doctor_check_rounds(const struct doctor_facts *facts, struct faults *faults)
{
    for (unsigned i = 0; i < facts->status.registries; i++) {
        const struct status_registry *registry = &facts->status.registry[i];
        const struct round_state *rounds = &registry->rounds;
        char name[WHO_OCTETS], mend[MESSAGE_OCTETS];
        const char *of = who(facts, i, name), *how = command(facts, i, "pull", mend);

        if (registry->awaited)
            continue;
        if (!registry->known)
            faults_add(faults, HEALTH_DEGRADED, how, "%sthe copy was never refreshed", of);
        else if (rounds->failures > 0 && is_worth_telling(&facts->status, registry))
            faults_add(faults, HEALTH_DEGRADED, how,
                       "%sthe copy was not refreshed, %u time%s in a row: %s", of, rounds->failures,
                       rounds->failures == 1 ? "" : "s", rounds->result);
    }
}
