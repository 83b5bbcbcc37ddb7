#include "publish/names.h"
#include "base/error.h"
#include "registry/address.h"
#include "registry/registry.h"
#include "registry/u_label.h"
#include <errno.h>
#include <string.h>

/* What ends the reading without a fault. */
#define ENOUGH 1

/* Returns 1 if the name is new, 0 or a negative code. */
static int add(struct names *names, const char *name, size_t len)
{
    uint32_t id = names->given != NULL ? records_find(names->given, name, len) : 0;
    bool fresh;
    int r;

    if (names->records == NULL)
        return 1;
    if (id == 0) {
        r = records_name(names->records, name, len);
        if (r >= 0)
            records_admit(names->records, records_find(names->records, name, len),
                          names->admission);
        return r;
    }
    fresh = records_mark(names->given, id) == 0;
    records_set_mark(names->given, id, 1);
    return fresh;
}

static int add_www(struct names *names, const char *name, size_t len)
{
    static const char prefix[] = "www.";
    const size_t n = sizeof prefix - 1;
    char www[NAME_MAX_OCTETS + 1];
    int r;

    if (len + n > NAME_MAX_OCTETS || strncmp(name, prefix, n) == 0)
        return 0;
    memcpy(www, prefix, n);
    memcpy(www + n, name, len);
    r = add(names, www, len + n);
    return r < 0 ? r : 0;
}

static int take(struct names *names, const char *name, size_t len, uint16_t port)
{
    int r = add(names, name, len);
    uint32_t id;

    if (r < 0)
        return r;
    id = names->records != NULL && port != 0 ? records_find(names->records, name, len) : 0;
    if (id != 0)
        records_set_port(names->records, id, port);
    names->taken += (uint64_t)r;
    if (names->taken > NAMES_MAX)
        return E_NAMES_MANY;
    r = names->www ? add_www(names, name, len) : 0;
    return r == 0 && names->taken == names->top ? ENOUGH : r;
}

/* The name in `word` to `name`. Returns its length, or the code with which it is skipped. */
static int normalise(const struct names *names, const struct line *line, const struct word *word,
                     char name[NAME_MAX_OCTETS + 1])
{
    unsigned char address[ADDRESS_MAX_OCTETS];
    int len, r;

    if (line->cut && word->len == 0)
        return E_LINE_LONG;
    if (address_parse(word->text, word->len, address) > 0)
        return E_ENTRY_ADDRESS;
    len = u_label_normalise(word->text, word->len, name);
    if (len < 0)
        return len;
    r = admit_name(names->admission, name, (size_t)len);
    return r < 0 ? r : len;
}

/* Returns 0, ENOUGH, or what is wrong with the list. */
static int add_line(void *user, const struct line *line)
{
    struct names *names = user;
    struct list_entry entry;
    struct word second;
    char name[NAME_MAX_OCTETS + 1];
    int r = list_entry_find(&names->form, line, &entry);

    if (r <= 0)
        return r;
    while (list_entry_other(&entry, &second))
        skips_add(names->skips, E_ENTRY_SECOND, line->number, second.text, second.len);
    r = normalise(names, line, &entry.host, name);
    if (r == -ENOMEM)
        return r;
    if (r < 0) {
        skips_add(names->skips, r, line->number, entry.host.text, entry.host.len);
        return 0;
    }
    skips_converted(names->skips, line->number, entry.host.text, entry.host.len, name);
    return take(names, name, (size_t)r, entry.port);
}

static void begin(struct names *names, const char *path)
{
    names->form = (struct list_form){0};
    names->skips->source = path;
}

int names_read(struct names *names, const char *path, struct problem *problem)
{
    begin(names, path);
    return lines_read(path, add_line, names, problem);
}

int names_read_fd(struct names *names, int fd, const char *path, struct problem *problem)
{
    begin(names, path);
    return lines_read_fd(fd, path, add_line, names, problem);
}
