#include "cli/own_registry.h"
#include "cli/machine_facts.h"
#include "registry/name.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEME "file://"
#define PUBLISHED "/var/lib/gitdns-publish/"
#define LOCAL "local"
#define LOCAL_REGISTRY GITDNS_DATA "/local-registry"
#define STARTED_TIMERS "/etc/systemd/system/timers.target.wants"

static bool is_empty(const char *url)
{
    char head[CONFIG_URL_OCTETS + sizeof "HEAD"];

    /* Octets that are written in another way are not looked for. */
    if (strncmp(url, SCHEME "/", sizeof SCHEME) != 0 || strchr(url, '%') != NULL)
        return false;
    snprintf(head, sizeof head, "%sHEAD", url + strlen(SCHEME));
    return access(head, F_OK) < 0 && errno == ENOENT;
}

bool own_registry_is_awaited(const struct config_registry *registry)
{
    if (registry == NULL)
        return false;
    for (unsigned i = 0; i < registry->urls; i++)
        if (!is_empty(registry->url[i]))
            return false;
    return true;
}

bool own_registry_name(const struct config_registry *registry, char name[REGISTRY_NAME_MAX + 1])
{
    static const char start[] = SCHEME PUBLISHED;

    for (unsigned i = 0; registry != NULL && i < registry->urls; i++) {
        const char *url = registry->url[i];
        size_t len;

        if (strncmp(url, start, strlen(start)) != 0)
            continue;
        url += strlen(start);
        len = strcspn(url, "/");
        if (strcmp(url + len, "/") != 0 || registry_name_check(url, len) != 0)
            continue;
        memcpy(name, url, len);
        name[len] = '\0';
        return true;
    }
    return false;
}

bool own_registry_is_daily(const char *name)
{
    return strcmp(name, LOCAL) == 0;
}

static bool has_timer(const char *timer)
{
    char path[sizeof STARTED_TIMERS "/gitdns-publish@.timer" + REGISTRY_NAME_MAX];
    struct stat st;

    snprintf(path, sizeof path, STARTED_TIMERS "/%s.timer", timer);
    return lstat(path, &st) == 0;
}

/* `name`: of an instance. */
static void mend_own(const char *name, char mend[MESSAGE_OCTETS])
{
    char unit[sizeof "gitdns-publish@" + REGISTRY_NAME_MAX];
    bool local = own_registry_is_daily(name);
    const char *starts = local ? "gitdns-local" : unit;

    snprintf(unit, sizeof unit, "gitdns-publish@%s", name);
    if (!machine_runs_systemd())
        message_set(mend, "run gitdns-publish, see gitdns-publish(1)");
    else if (has_timer(starts))
        message_set(mend, "systemctl start %s; journalctl -n 20 -u %s", starts, unit);
    else if (local)
        message_set(mend, "%s", LOCAL_REGISTRY " on");
    else
        message_set(mend, "systemctl enable --now %s.timer", unit);
}

void own_registry_mend(const struct config_registry *registry, const char *name,
                       char mend[MESSAGE_OCTETS])
{
    char own[REGISTRY_NAME_MAX + 1];

    if (own_registry_name(registry, own))
        mend_own(own, mend);
    else
        message_set(mend,
                    "on the machine that publishes %s: systemctl list-timers 'gitdns-*'; "
                    "journalctl -u 'gitdns-*'",
                    name);
}

void own_registry_beginning(char mend[MESSAGE_OCTETS])
{
    if (access(GITDNS_PUBLISH, X_OK) == 0)
        mend_own(LOCAL, mend);
    else if (access("/usr/bin/apt", X_OK) == 0)
        message_set(mend, "apt install gitdns-publish");
    else if (access("/usr/bin/dnf", X_OK) == 0)
        message_set(mend, "dnf install gitdns-publish");
    else
        message_set(mend, "install the package gitdns-publish");
}
