#include "cli/machine.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NSCD_CONF "/etc/nscd.conf"
#define NSCD_PROGRAM "/usr/sbin/nscd"
#define NSCD_SOCKET "/run/nscd/socket"
#define STUB_FILE "systemd/resolve/stub-resolv.conf"
#define STUB_ADDRESS "127.0.0.53"

enum answer { UNTOLD, NO, YES };

/* `enable-cache hosts WORD` in nscd.conf(5); the last counts. */
static enum answer configured(void)
{
    FILE *file = fopen(NSCD_CONF, "re");
    enum answer answer = UNTOLD;
    char line[256], word[16];

    if (file == NULL)
        return UNTOLD;
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, " enable-cache hosts %15s", word) == 1)
            answer = strcasecmp(word, "yes") == 0 ? YES : NO;
    fclose(file);
    return answer;
}

static bool runs(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = NSCD_SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool connected = fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return connected;
}

bool machine_has_nscd(void)
{
    enum answer answer = configured();

    return (answer == YES && access(NSCD_PROGRAM, X_OK) == 0) || (answer != NO && runs());
}

bool machine_has_stub(void)
{
    struct in_addr stub = {0};
    struct __res_state state;
    char target[4096];
    ssize_t len = readlink(RESOLV_CONF_PATH, target, sizeof target);
    bool named;

    if (len >= (ssize_t)strlen(STUB_FILE) &&
        memcmp(target + len - strlen(STUB_FILE), STUB_FILE, strlen(STUB_FILE)) == 0)
        return true;
    memset(&state, 0, sizeof state);
    inet_pton(AF_INET, STUB_ADDRESS, &stub);
    if (res_ninit(&state) != 0)
        return false;
    named = state.nscount > 0;
    for (int i = 0; i < state.nscount; i++)
        if (state.nsaddr_list[i].sin_family != AF_INET ||
            state.nsaddr_list[i].sin_addr.s_addr != stub.s_addr)
            named = false;
    res_nclose(&state);
    return named;
}

void machine_facts(struct hosts_facts *facts)
{
    *facts = (struct hosts_facts){.nscd = machine_has_nscd(), .stub = machine_has_stub()};
}

bool machine_has_module(const char *service, const char **error)
{
    char file[HOSTS_SERVICE_MAX + sizeof "libnss_.so.2"];
    void *module;

    snprintf(file, sizeof file, "libnss_%s.so.2", service);
    module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (module == NULL && error != NULL)
        *error = dlerror();
    if (module != NULL)
        dlclose(module);
    return module != NULL;
}
