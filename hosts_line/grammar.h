/* The hosts line of nsswitch.conf (nsswitch.conf(5)), as glibc reads it since 2.33: `#` begins a
 * comment at the start of a line only, a second bracket ends the line, a last line without LF is
 * none.
 *
 * Used inside every process: nothing is allocated, no call is a cancellation point, and what
 * cannot be understood is an error rather than a guess. The module has no use for the printer.
 */
#ifndef GITDNS_HOSTS_LINE_GRAMMAR_H
#define GITDNS_HOSTS_LINE_GRAMMAR_H

#include <nss.h>
#include <stdbool.h>
#include <stddef.h>

#define NSSWITCH_PATH "/etc/nsswitch.conf"
#define HOSTS_SERVICES_MAX 16
#define HOSTS_SERVICE_MAX 32
#define HOSTS_LINE_MAX 1024
#define HOSTS_BLANKS " \t\r\v\f"

/* What a service said, as an index of its actions. */
#define HOSTS_TRYAGAIN (2 + NSS_STATUS_TRYAGAIN)
#define HOSTS_UNAVAIL (2 + NSS_STATUS_UNAVAIL)
#define HOSTS_NOTFOUND (2 + NSS_STATUS_NOTFOUND)
#define HOSTS_SUCCESS (2 + NSS_STATUS_SUCCESS)
#define HOSTS_STATUSES 4

enum hosts_action { HOSTS_CONTINUE, HOSTS_RETURN, HOSTS_MERGE };

struct hosts_service {
    char name[HOSTS_SERVICE_MAX];
    enum hosts_action action[HOSTS_STATUSES];
    unsigned start, end; /* in the text: from its first octet to behind its last bracket, if any */
};

struct hosts_line {
    unsigned count;
    struct hosts_service service[HOSTS_SERVICES_MAX];
};

/* Parses what stands behind `hosts:`. Returns 0, or -1 if it is not understood or names none. */
int hosts_line_parse(const char *text, size_t len, struct hosts_line *line);

/* The offset of what stands behind `hosts:` in a line of nsswitch.conf (without its LF); 0 if it is
 * another's line. */
size_t hosts_line_value(const char *text, size_t len);

/* Parses a line of nsswitch.conf (without its LF). `value`: as above; NULL if it is not wanted.
 * Returns as hosts_line_parse, or 1 if it is another's line. */
int hosts_line_parse_whole(const char *text, size_t len, struct hosts_line *line, size_t *value);

/* Reads the hosts line from an nsswitch.conf; of several the last counts, as for glibc. Returns 0;
 * -1 if there is none, it is not understood or longer than HOSTS_LINE_MAX octets; -errno - 1 if the
 * file cannot be read. */
int hosts_line_read(const char *path, struct hosts_line *line);

/* The index of the last service of that name, or -1. */
int hosts_line_find(const struct hosts_line *line, const char *service);

/* All that the module has to know of a line, without the room that the whole of it takes. */
struct hosts_place {
    int gitdns;      /* the index of the last `gitdns`, or -1 */
    bool after_dns;  /* a service that asks DNS stands before it */
    bool behind_dns; /* and `dns` directly */
};

/* As hosts_line_parse and hosts_line_read. */
int hosts_place_parse(const char *text, size_t len, struct hosts_place *place);
int hosts_place_read(const char *path, struct hosts_place *place);

/* What stands behind `hosts:`, as glibc understands it: services, and actions where they are not
 * the usual ones. */
#define HOSTS_LINE_TEXT_OCTETS 2048
void hosts_line_format(const struct hosts_line *line, char out[HOSTS_LINE_TEXT_OCTETS]);

static inline bool hosts_is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

#endif
