#include "cli/machine_facts.h"
#include <dlfcn.h>
#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NSCD_CONF "/etc/nscd.conf"
#define NSCD_PROGRAM "/usr/sbin/nscd"
#define NSCD_SOCKET "/run/nscd/socket"

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

/* It runs, or is installed, and is not told to leave hosts alone. */
static bool has_nscd(void)
{
    enum answer answer = configured();

    return (answer == YES && access(NSCD_PROGRAM, X_OK) == 0) || (answer != NO && runs());
}

struct hosts_facts machine_facts(const struct resolv_conf *resolv_conf)
{
    return (struct hosts_facts){.nscd = has_nscd(), .stub = resolv_conf->stub};
}

#if defined __x86_64__ && !defined __ILP32__
static bool is_elf_32(const char *path)
{
    static const unsigned char magic[] = {0x7f, 'E', 'L', 'F', ELFCLASS32};
    FILE *file = fopen(path, "re");
    unsigned char start[sizeof magic];
    bool is = file != NULL && fread(start, sizeof start, 1, file) == 1 &&
              memcmp(start, magic, sizeof magic) == 0;

    if (file != NULL)
        fclose(file);
    return is;
}

bool machine_lacks_module_32(const char *service)
{
    /* Of Debian, of its libc6-i386, and of Fedora. */
    static const char *const folders[] = {
        "/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu", "/lib32", "/usr/lib32", "/usr/lib",
        "/usr/local/lib"};
    char path[128];

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, sizeof path, "%s/libnss_%s.so.2", folders[i], service);
        if (is_elf_32(path))
            return false;
    }
    return is_elf_32("/lib/ld-linux.so.2");
}
#else
bool machine_lacks_module_32(const char *service)
{
    (void)service;
    return false;
}
#endif

bool machine_runs_systemd(void)
{
    return access("/run/systemd/system", F_OK) == 0;
}

bool machine_has_module(const char *service, char error[MESSAGE_OCTETS])
{
    char file[HOSTS_SERVICE_MAX + sizeof "libnss_.so.2"];
    void *module;

    snprintf(file, sizeof file, "libnss_%s.so.2", service);
    module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    message_set(error, "%s", module != NULL ? "" : dlerror());
    if (module != NULL)
        dlclose(module);
    return module != NULL;
}
