#include "cli/doctor_facts.h"
#include "cli/configure.h"
#include "cli/machine_facts.h"
#include "cli/own_registry.h"
#include "cli/policy_rules.h"
#include "copy/policy_write.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define INIT_SCRIPT "/etc/init.d/gitdns-syncd"

static const char *start_command(void)
{
    if (machine_runs_systemd())
        return "systemctl enable --now gitdns-syncd";
    return access(INIT_SCRIPT, X_OK) == 0 ? "service gitdns-syncd start" : "gitdns-syncd &";
}

static const char *restart_command(void)
{
    if (machine_runs_systemd())
        return "systemctl restart gitdns-syncd";
    return access(INIT_SCRIPT, X_OK) == 0 ? "service gitdns-syncd restart"
                                          : "end gitdns-syncd (SIGKILL), then gitdns-syncd &";
}

static const char *reload_command(void)
{
    if (machine_runs_systemd())
        return "systemctl reload gitdns-syncd";
    return access(INIT_SCRIPT, X_OK) == 0 ? "service gitdns-syncd reload" : "gitdns pull";
}

static void find_closed(const struct status *status, struct closed_path closed[DOCTOR_FILES])
{
    const char *paths[DOCTOR_FILES] = {[DOCTOR_POLICY] = STORE_DIRECTORY "/" POLICY_FILE,
                                       [DOCTOR_NSSWITCH] = NSSWITCH_PATH,
                                       [DOCTOR_RESOLV_CONF] = RESOLV_CONF_PATH,
                                       [DOCTOR_BOARD] = BOARD_PATH};

    for (unsigned i = 0; i < status->registries; i++)
        paths[DOCTOR_STORE + i] = status->registry[i].copy.store_path;
    for (int i = 0; i < DOCTOR_FILES; i++)
        if (paths[i] == NULL || !permissions_find(paths[i], &closed[i]))
            closed[i].path[0] = '\0';
}

/* The policy in force, and what the configuration makes of it. */
static void find_policy(const struct cli *cli, struct doctor_facts *facts)
{
    const struct config *config = configure_read(cli);
    int folder = open(STORE_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unsigned owners;

    policy_read(&facts->policy, STORE_DIRECTORY);
    owners = policy_rules_owners(&facts->policy);
    for (unsigned i = 0; i < facts->status.registries; i++) {
        const struct registry_copy *copy = &facts->status.registry[i].copy;
        const char *name = copy->unnamed ? "" : copy->name;

        for (unsigned j = 0; j < facts->policy.count; j++)
            if (strcmp(facts->policy.name[j], name) == 0)
                facts->has_domains[i] = (owners & (1U << j)) != 0;
    }
    if (folder < 0)
        return;
    facts->unsettled = config != NULL && strcmp(cli->directory, STORE_DIRECTORY) == 0 &&
                       policy_is_written(folder, config) == 0;
    close(folder);
}

static void find_publishers(struct doctor_facts *facts)
{
    char name[REGISTRY_NAME_MAX + 1];

    for (unsigned i = 0; i < facts->status.registries; i++) {
        const struct registry_copy *copy = &facts->status.registry[i].copy;
        struct doctor_publisher *publisher = &facts->publisher[i];

        publisher->own = own_registry_name(copy->registry, name);
        publisher->daily = publisher->own && own_registry_is_daily(name);
        own_registry_mend(copy->registry, copy->name, publisher->mend);
    }
}

/* What the module has, whatever the configuration says. */
static void find_names(const struct cli *cli, struct doctor_facts *facts)
{
    static struct open_stores open;

    facts->names.error = open_stores(&open, STORE_DIRECTORY);
    if (facts->names.error != 0)
        return;
    facts->answered = machine_names_answered(&open, facts->status.now);
    machine_names_find(&open, configure_read(cli), facts->status.now, &facts->names);
    close_stores(&open);
}

void doctor_facts_find(const struct cli *cli, struct doctor_facts *facts)
{
    struct copies copies;

    *facts = (struct doctor_facts){.cli = cli,
                                   .start = start_command(),
                                   .restart = restart_command(),
                                   .reload = reload_command()};
    if (!configure_copies(cli, STORE_DIRECTORY, &copies))
        copies = cli->copies;
    status_collect(&copies, STORE_DIRECTORY, &facts->status);
    find_policy(cli, facts);
    find_publishers(facts);
    own_registry_beginning(facts->beginning);
    find_names(cli, facts);
    facts->resolv_conf_error = resolv_conf_read(&facts->resolv_conf);
    if (access(RESOLV_CONF_PATH, F_OK) < 0)
        facts->resolv_conf_error = -errno;
    facts->machine = machine_facts(&facts->resolv_conf);
    facts->homeless = access(STORE_DIRECTORY, F_OK) < 0 && errno == ENOENT;
    machine_has_module("gitdns_outage", facts->outage_module_error);
    facts->lacks_module_32 = machine_lacks_module_32("gitdns");
    find_closed(&facts->status, facts->closed);
    dnsdist_find(&facts->dnsdist);
}

void doctor_facts_free(struct doctor_facts *facts)
{
    policy_close(&facts->policy);
    machine_names_free(&facts->names);
}
