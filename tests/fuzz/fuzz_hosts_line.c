/* nsswitch.conf, and its lines against glibc's own parser. */
#include "hosts_line/grammar.h"
#include "tests/fuzz/fuzz.h"
#include <nss.h>
#include <sanitizer/lsan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

/* glibc keeps, or loses, all that it parses, and searches what it keeps, so it is asked this often
 * in one run. */
#define ASK_GLIBC 5000

static void check_services(const struct hosts_line *line)
{
    char text[HOSTS_LINE_TEXT_OCTETS];
    struct hosts_line again;

    require(line->count <= HOSTS_SERVICES_MAX, "services");
    for (unsigned i = 0; i < line->count; i++) {
        size_t len = strnlen(line->service[i].name, HOSTS_SERVICE_MAX);

        require(len > 0 && len < HOSTS_SERVICE_MAX, "a service's name");
        for (int k = 0; k < 4; k++)
            require((unsigned)line->service[i].action[k] <= HOSTS_MERGE, "an action");
    }
    hosts_line_format(line, text);
    require(hosts_line_parse(text, strlen(text), &again) == 0 && again.count == line->count,
            "said back");
}

/* The short reading is of the same line. */
static void check_place(int r, const struct hosts_line *line, int short_r,
                        const struct hosts_place *place)
{
    int gitdns = hosts_line_find(line, "gitdns");
    bool dns = false;

    require(r == short_r, "the same lines are understood");
    if (r != 0)
        return;
    for (int i = 0; i < gitdns; i++)
        dns = dns || strcmp(line->service[i].name, "dns") == 0 ||
              strcmp(line->service[i].name, "resolve") == 0;
    require(place->gitdns == gitdns && place->after_dns == dns, "the same place");
}

/* What we take, glibc takes; what it takes, we take, unless it is nothing or above our limits. */
static void check_glibc(const char *text, size_t size, int r, const struct hosts_line *line)
{
    static unsigned asked;
    char *string;
    bool taken;

    if (memchr(text, '\0', size) != NULL || memchr(text, '\n', size) != NULL ||
        asked++ >= ASK_GLIBC)
        return;
    string = malloc(size + 1);
    require(string != NULL, "memory");
    memcpy(string, text, size);
    string[size] = '\0';
    __lsan_disable();
    taken = __nss_configure_lookup("hosts", string) == 0;
    __lsan_enable();
    free(string);
    require(r < 0 || taken, "glibc takes the line");
    require(r == 0 || !taken || line->count == 0 || line->count == HOSTS_SERVICES_MAX ||
                size >= HOSTS_SERVICE_MAX,
            "glibc does not take the line");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hosts_place place;
    struct hosts_line line;
    char path[64], *text;
    int fd, r;

    fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size, "file");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    r = hosts_line_read(path, &line);
    require(r == 0 || r == -1, "code");
    if (r == 0)
        check_services(&line);
    check_place(r, &line, hosts_place_read(path, &place), &place);
    close(fd);
    if (size == 0)
        return 0;
    text = copy_of(data, size);
    r = hosts_line_parse(text, size, &line);
    require(r == 0 || r == -1, "code");
    if (r == 0)
        check_services(&line);
    check_place(r, &line, hosts_place_parse(text, size, &place), &place);
    check_glibc((const char *)data, size, r, &line);
    free(text);
    return 0;
}
