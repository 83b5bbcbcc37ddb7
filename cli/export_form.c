#include "cli/export_form.h"
#include "registry/address.h"
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct export_form {
    const char *name;
    char comment;
    bool address_first;
    bool zone;        /* a master file (RFC 1035 section 5), which has a serial of its own */
    bool policy_zone; /* some names mean something else there */
    const char *use;  /* what becomes of other names and types, and, indented, the server's lines */
    const char *start; /* before all records */
    /* A record: before the name, between the name and an address of each kind, behind it. */
    const char *before, *to_ipv4, *to_ipv6;
    const char *behind;
};

/* In a response policy zone names stand before the zone's own, for which this leaves room. */
#define POLICY_ZONE_NAME_MAX 30
#define POLICY_NAME_MAX (NAME_MAX_OCTETS - 1 - POLICY_ZONE_NAME_MAX)
_Static_assert(POLICY_ZONE_NAME_MAX == 30 && POLICY_NAME_MAX == 222, "texts here and pages say so");

/* Whatever a server's own default is: what is out may be back in a minute. */
#define TTL "60"

static const struct export_form forms[] = {
    {.name = "unbound",
     .comment = '#',
     .use =
         "Of other types, such as MX, DNS is asked, and of IPv6 addresses where these names have\n"
         "none here. In unbound.conf:\n"
         "\n"
         "    include: \"/etc/unbound/gitdns.conf\"\n",
     /* typetransparent: unlike the zones that unbound makes for such data by itself, in which other
      * types of these names do not exist. */
     .start = "server:\nlocal-zone: \".\" typetransparent\n",
     .before = "local-data: \"",
     .to_ipv4 = ". " TTL " IN A ",
     .to_ipv6 = ". " TTL " IN AAAA ",
     .behind = "\""},
    {.name = "rpz",
     .comment = ';',
     .zone = true,
     .policy_zone = true,
     .use = "Other types of these names, such as MX, are said not to exist: mail to them is lost.\n"
            "A response policy zone, whose name may have 30 octets. In named.conf, options:\n"
            "\n"
            "    response-policy { zone \"gitdns.rpz\"; } qname-wait-recurse no;\n"
            "\n"
            "and behind them:\n"
            "\n"
            "    zone \"gitdns.rpz\" {\n"
            "        type primary; file \"/etc/bind/gitdns.rpz\"; check-names ignore;\n"
            "        allow-query { none; };\n"
            "    };\n"
            "\n"
            "In unbound.conf:\n"
            "\n"
            "    server:\n"
            "        module-config: \"respip validator iterator\"\n"
            "    rpz:\n"
            "        name: \"gitdns.rpz\"\n"
            "        zonefile: \"/etc/unbound/gitdns.rpz\"\n",
     .start = "",
     .before = "",
     .to_ipv4 = " A ",
     .to_ipv6 = " AAAA ",
     .behind = ""},
    {.name = "dnsmasq",
     .comment = '#',
     .use =
         "Of other types, such as MX, DNS is asked, and of IPv6 addresses where these names have\n"
         "none here; of the addresses these names are told. In dnsmasq.conf:\n"
         "\n"
         "    conf-file=/etc/gitdns.dnsmasq\n",
     .start = "",
     .before = "host-record=",
     .to_ipv4 = ",",
     .to_ipv6 = ",",
     .behind = ""},
    {.name = "hosts",
     .comment = '#',
     .address_first = true,
     .use = "Of other types, such as MX, programs ask DNS. A hosts file, hosts(5).\n",
     .start = "",
     .before = "",
     .behind = ""},
    {.name = "bind",
     .comment = ';',
     .zone = true,
     .use =
         "A zone of the root: all other names and types are said not to exist. Only for a server\n"
         "that is asked for nothing else. In named.conf:\n"
         "\n"
         "    zone \".\" {\n"
         "        type primary; file \"/etc/bind/gitdns.zone\"; check-names ignore;\n"
         "    };\n"
         "\n"
         "In knot.conf:\n"
         "\n"
         "    zone:\n"
         "      - domain: .\n"
         "        file: /var/lib/knot/gitdns.zone\n",
     .start = "localhost. A 127.0.0.1\nlocalhost. AAAA ::1\n",
     .before = "",
     .to_ipv4 = ". A ",
     .to_ipv6 = ". AAAA ",
     .behind = ""},
};

static const char warning[] =
    "WARNING: this overrides DNS, and is no fallback. Who has these records answers by them while\n"
    "DNS works, too, and goes on when they are no longer true: they do not follow the copy, do "
    "not\n"
    "expire, and are not signed (DNSSEC).\n"
    "\n";

const struct export_form *export_form_named(const char *name)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i].name, name) == 0)
            return &forms[i];
    return NULL;
}

static bool write_comment(char comment, const char *lines)
{
    for (const char *line = lines, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        if (printf("%c%s%.*s\n", comment, end > line ? " " : "", (int)(end - line), line) < 0)
            return false;
    }
    return true;
}

bool export_form_begin(const struct export_form *form, const char *source)
{
    if (printf("%c gitdns export --format %s, of %s\n%c\n", form->comment, form->name, source,
               form->comment) < 0 ||
        !write_comment(form->comment, warning) || !write_comment(form->comment, form->use) ||
        putchar('\n') < 0)
        return false;
    /* Zones that are loaded again want a higher serial, also where an earlier one of the copy's
     * answers again: the time. */
    if (form->zone && printf("$TTL " TTL "\n"
                             "@ SOA localhost. root.localhost. %u 3600 600 86400 " TTL "\n"
                             "@ NS localhost.\n",
                             (unsigned)time(NULL)) < 0)
        return false;
    return fputs(form->start, stdout) >= 0;
}

/* `rpz-ip` and others like it at a name's end make conditions of it: of addresses that any answer
 * has, of clients, of servers. */
static bool is_trigger(const char *name, size_t len)
{
    static const char mark[] = "rpz-";
    const char *dot = memrchr(name, '.', len), *top = dot != NULL ? dot + 1 : name;
    size_t octets = len - (size_t)(top - name);

    return octets >= sizeof mark - 1 && memcmp(top, mark, sizeof mark - 1) == 0;
}

const char *export_form_refuses(const struct export_form *form, const char *name, size_t len)
{
    if (!form->policy_zone)
        return NULL;
    if (len > POLICY_NAME_MAX)
        return "longer than 222 octets";
    return is_trigger(name, len) ? "not a name in such a zone" : NULL;
}

static bool write_address(const struct export_form *form, const struct record *record,
                          const unsigned char *address, size_t octets)
{
    char text[INET6_ADDRSTRLEN];
    int address_len = (int)address_format(address, octets, text), name_len = (int)record->name_len;

    if (form->address_first)
        return printf("%.*s %.*s\n", address_len, text, name_len, record->name) >= 0;
    return printf("%s%.*s%s%.*s%s\n", form->before, name_len, record->name,
                  octets == 4 ? form->to_ipv4 : form->to_ipv6, address_len, text,
                  form->behind) >= 0;
}

bool export_form_write(const struct export_form *form, const struct record *record)
{
    bool good = true;

    for (unsigned i = 0; good && i < record->n4; i++)
        good = write_address(form, record, record->ipv4 + (size_t)i * 4, 4);
    for (unsigned i = 0; good && i < record->n6; i++)
        good = write_address(form, record, record->ipv6 + (size_t)i * 16, 16);
    return good;
}
