#include "publish/hosts.h"
#include "base/error.h"
#include "publish/lines.h"
#include "registry/address.h"
#include "registry/name.h"
#include "registry/registry.h"
#include "registry/u_label.h"
#include <errno.h>
#include <string.h>

struct hosts {
    bool private;
    struct records *records;
    struct skips *skips;
};

/* Returns 0 or the code with which the entry is to be skipped, or with which reading ends. */
static int add_entry(struct hosts *hosts, uint64_t number, const struct word *word,
                     const unsigned char *address, size_t octets)
{
    char name[NAME_MAX_OCTETS + 1];
    int len = u_label_normalise(word->text, word->len, name), r = 0;

    if (len < 0)
        return len;
    skips_converted(hosts->skips, number, word->text, word->len, name);
    if (!hosts->private)
        r = name_check_public(name, (size_t)len);
    if (r == 0 && !hosts->private)
        r = address_check_public(address, octets);
    return r < 0 ? r : records_add(hosts->records, name, (size_t)len, address, octets);
}

static bool holds_quad(const char *text, const char *end)
{
    unsigned dots = 0;

    for (const char *p = text; p < end; p++) {
        bool digit = *p >= '0' && *p <= '9', dot = *p == '.' && p > text && p[-1] != '.';

        dots = digit ? dots : dot ? dots + 1 : 0;
        if (digit && dots >= 3)
            return true;
    }
    return false;
}

/* Whether a word that is no name holds an address, perhaps after the last name of the line before.
 */
static bool holds_address(const struct word *word)
{
    return memchr(word->text, ':', word->len) != NULL ||
           holds_quad(word->text, word->text + word->len);
}

/* Takes the line's entries in. Returns 0, or what ends the reading. */
static int add_line(void *user, const struct line *line)
{
    struct hosts *hosts = user;
    unsigned char address[ADDRESS_MAX_OCTETS];
    const char *comment = memchr(line->text, '#', line->len);
    struct word rest = {line->text, line->len}, first, name;
    bool joined = false;
    int octets;

    if (comment != NULL)
        rest.len = (size_t)(comment - line->text);
    else if (line->cut) {
        skips_add(hosts->skips, E_LINE_LONG, line->number, "", 0);
        return 0;
    }
    if (!word_take(&rest, &first))
        return 0;
    octets = address_parse(first.text, first.len, address);
    /* An address of IPv6 without a name and one of IPv4, joined: of those that are globally
     * reachable none is written so. */
    if (octets == 16 && (address[0] & 0xe0) == 0x20 && memchr(first.text, '.', first.len) != NULL)
        octets = E_ADDRESS_SYNTAX;
    if (octets < 0 || !word_take(&rest, &name)) {
        skips_add(hosts->skips, octets < 0 ? octets : E_ENTRY_NAMELESS, line->number, first.text,
                  first.len);
        return 0;
    }
    do {
        int r = joined ? E_ENTRY_JOINED
                       : add_entry(hosts, line->number, &name, address, (size_t)octets);
        const struct word *fault = r == E_ADDRESS_REFUSED || r == E_ADDRESS_COUNT ? &first : &name;

        if (r == -ENOMEM || r == E_RECORDS_FULL)
            return r;
        if (r < 0)
            skips_add(hosts->skips, r, line->number, fault->text, fault->len);
        joined = joined || ((r == E_NAME_SYNTAX || r == E_NAME_NUMERIC) && holds_address(&name));
    } while (word_take(&rest, &name));
    return 0;
}

int hosts_read(const char *path, bool private, struct records *records, struct skips *skips,
               struct problem *problem)
{
    struct hosts hosts = {.private = private, .records = records, .skips = skips};

    skips->source = path;
    return lines_read(path, add_line, &hosts, problem);
}
