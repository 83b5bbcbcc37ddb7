#include "proof/ports.h"
#include <string.h>

#define SSH 22
#define SMTP 25
#define HTTP 80
#define HTTPS 443
#define SUBMISSION 587
#define DOT 853
#define IMAPS 993

enum port_way port_way(uint16_t port)
{
    switch (port) {
    case HTTPS:
        return PORT_HTTPS;
    case SMTP:
    case SUBMISSION:
        return PORT_SMTP;
    case SSH:
        return PORT_SSH;
    case HTTP:
        return PORT_PLAIN;
    default:
        return PORT_TLS;
    }
}

/* First labels, with digits or `-` and more after them or not, and where such names serve. */
static const struct kind {
    const char *label;
    uint16_t ports[2];
} kinds[] = {
    {"smtp", {SUBMISSION, SMTP}},
    {"mx", {SMTP}},
    {"mail", {SMTP, IMAPS}},
    {"imap", {IMAPS}},
    {"dns", {DOT}},
    {"ssh", {SSH}},
    {"git", {SSH}},
    {"relay", {SMTP}},
    {"mta", {SMTP}},
};

static const struct kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        size_t len = strlen(kinds[i].label);

        if (strncmp(name, kinds[i].label, len) == 0 && strspn(name + len, "0123456789.-") > 0)
            return &kinds[i];
    }
    return NULL;
}

unsigned ports_of(const char *name, uint16_t ports[PORTS_MAX])
{
    const struct kind *kind = kind_of(name);
    unsigned count = 0;

    ports[count++] = HTTPS;
    for (unsigned i = 0; kind != NULL && i < 2 && kind->ports[i] != 0; i++)
        ports[count++] = kind->ports[i];
    ports[count++] = HTTP;
    return count;
}
