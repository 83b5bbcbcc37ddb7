#include "cli/doctor_facts.h"
#include "cli/machine_facts.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define SYSTEMD_RUNS "/run/systemd/system"
#define INIT_SCRIPT "/etc/init.d/gitdns-syncd"

static const char *start_command(void)
{
    if (access(SYSTEMD_RUNS, F_OK) == 0)
        return "systemctl enable --now gitdns-syncd";
    return access(INIT_SCRIPT, X_OK) == 0 ? "service gitdns-syncd start" : "gitdns-syncd &";
}

static const char *restart_command(void)
{
    if (access(SYSTEMD_RUNS, F_OK) == 0)
        return "systemctl restart gitdns-syncd";
    return access(INIT_SCRIPT, X_OK) == 0 ? "service gitdns-syncd restart"
                                          : "end gitdns-syncd (SIGKILL), then gitdns-syncd &";
}

static void find_closed(struct closed_path closed[DOCTOR_FILES])
{
    static const char *const paths[DOCTOR_FILES] = {[DOCTOR_STORE] = STORE_PATH,
                                                    [DOCTOR_NSSWITCH] = NSSWITCH_PATH,
                                                    [DOCTOR_RESOLV_CONF] = RESOLV_CONF_PATH,
                                                    [DOCTOR_BOARD] = BOARD_PATH};

    for (int i = 0; i < DOCTOR_FILES; i++)
        if (!permissions_find(paths[i], &closed[i]))
            closed[i].path[0] = '\0';
}

void doctor_facts_find(const struct cli *cli, struct doctor_facts *facts)
{
    struct cli usual = *cli;

    *facts =
        (struct doctor_facts){.cli = cli, .start = start_command(), .restart = restart_command()};
    usual.directory = STORE_DIRECTORY;
    snprintf(usual.store_path, sizeof usual.store_path, STORE_PATH);
    status_collect(&usual, &facts->status);
    facts->resolv_conf_error = resolv_conf_read(&facts->resolv_conf);
    if (access(RESOLV_CONF_PATH, F_OK) < 0)
        facts->resolv_conf_error = -errno;
    facts->machine = machine_facts(&facts->resolv_conf);
    facts->homeless = access(STORE_DIRECTORY, F_OK) < 0 && errno == ENOENT;
    machine_has_module("gitdns_outage", facts->outage_module_error);
    facts->lacks_module_32 = machine_lacks_module_32("gitdns");
    find_closed(facts->closed);
}
