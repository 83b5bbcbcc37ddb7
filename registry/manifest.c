#include "registry/manifest.h"
#include "base/base.h"
#include "base/error.h"
#include "registry/name.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define FORMAT_LINE "gitdns registry 1"
#define HEX_OCTETS (2 * SHA256_OCTETS)

/* What of the manifest is still to be parsed, and how many lines were. */
struct cursor {
    const char *at;
    const char *end;
    unsigned line;
};

/* What of one line is still to be parsed. */
struct value {
    const char *at;
    const char *end;
};

/* Takes the next line if it starts with the field's name and a blank. */
static bool take_field(struct cursor *cursor, const char *field, struct value *value)
{
    size_t left = (size_t)(cursor->end - cursor->at), len = strlen(field);
    const char *lf = left > 0 ? memchr(cursor->at, '\n', left) : NULL;

    if (lf == NULL || (size_t)(lf - cursor->at) <= len || memcmp(cursor->at, field, len) != 0 ||
        cursor->at[len] != ' ')
        return false;
    *value = (struct value){cursor->at + len + 1, lf};
    cursor->at = lf + 1;
    cursor->line++;
    return true;
}

/* Takes the next word: all up to a blank or the end of the line. */
static struct value take_word(struct value *value)
{
    const char *blank = memchr(value->at, ' ', (size_t)(value->end - value->at));
    struct value word = {value->at, blank != NULL ? blank : value->end};

    /* A blank at the very end leaves a value that nothing accepts. */
    value->at = blank != NULL ? blank + 1 : NULL;
    return word;
}

static bool parse_number(struct value word, uint64_t max, uint64_t *number)
{
    *number = 0;
    if (word.at == NULL || word.at == word.end || (*word.at == '0' && word.end - word.at > 1))
        return false;
    for (const char *p = word.at; p < word.end; p++) {
        if (*p < '0' || *p > '9' || *number > (max - (uint64_t)(*p - '0')) / 10)
            return false;
        *number = *number * 10 + (uint64_t)(*p - '0');
    }
    return true;
}

uint32_t serial_parse(const char *text, size_t len)
{
    uint64_t serial;

    return parse_number((struct value){text, text + len}, SERIAL_MAX, &serial) ? (uint32_t)serial
                                                                               : 0;
}

static bool take_number(struct value *value, uint64_t min, uint64_t *number)
{
    return value->at != NULL && parse_number(take_word(value), INT64_MAX, number) && *number >= min;
}

static bool take_serial(struct value *value, uint32_t *serial)
{
    struct value word;

    if (value->at == NULL)
        return false;
    word = take_word(value);
    *serial = serial_parse(word.at, (size_t)(word.end - word.at));
    return *serial > 0;
}

static bool take_sha256(struct value *value, unsigned char sha256[SHA256_OCTETS])
{
    struct value word;
    size_t octets;

    if (value->at == NULL)
        return false;
    word = take_word(value);
    for (const char *p = word.at; p < word.end; p++)
        if (!((*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f')))
            return false;
    return word.end - word.at == HEX_OCTETS &&
           sodium_hex2bin(sha256, SHA256_OCTETS, word.at, HEX_OCTETS, NULL, &octets, NULL) == 0;
}

static bool take_end(const struct value *value)
{
    return value->at == NULL;
}

static bool take_name(struct value *value, char name[REGISTRY_NAME_MAX + 1])
{
    struct value word = take_word(value);
    size_t len = (size_t)(word.end - word.at);

    if (registry_name_check(word.at, len) < 0)
        return false;
    memcpy(name, word.at, len);
    name[len] = '\0';
    return take_end(value);
}

static bool take_parent(struct value *value, struct manifest *m)
{
    if (value->end - value->at == 4 && memcmp(value->at, "none", 4) == 0)
        return true;
    return take_serial(value, &m->parent) && take_sha256(value, m->parent_sha256) &&
           take_end(value) && m->parent < m->serial;
}

/* The text of a time is what timestamp_format gives for it, or none. */
static bool take_time(struct value *value, int64_t *out)
{
    struct tm tm = {0};
    char text[TIMESTAMP_OCTETS], again[TIMESTAMP_OCTETS];
    const char *end;

    if (value->end - value->at != TIMESTAMP_OCTETS - 1 ||
        memchr(value->at, '\0', TIMESTAMP_OCTETS - 1) != NULL)
        return false;
    memcpy(text, value->at, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (end == NULL || *end != '\0')
        return false;
    *out = timegm(&tm);
    timestamp_format(*out, again);
    return *out >= 0 && strcmp(text, again) == 0;
}

void timestamp_format(int64_t time, char out[TIMESTAMP_OCTETS])
{
    struct tm tm = {0};
    time_t t = time;

    if (gmtime_r(&t, &tm) == NULL || tm.tm_year + 1900 > 9999 || tm.tm_year + 1900 < 0 ||
        strftime(out, TIMESTAMP_OCTETS, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        memcpy(out, "0000-00-00T00:00:00Z", TIMESTAMP_OCTETS);
}

static bool take_size(struct value *value, uint64_t *octets, unsigned char *sha256)
{
    return take_number(value, 1, octets) && take_sha256(value, sha256) && take_end(value);
}

static int take_deltas(struct cursor *cursor, struct manifest *m)
{
    struct value value;

    while (take_field(cursor, "delta", &value)) {
        struct manifest_delta *d = &m->delta[m->deltas];

        if (m->deltas == MANIFEST_DELTAS_MAX)
            return E_MANIFEST_LONG;
        if (!take_serial(&value, &d->base) || !take_size(&value, &d->octets, d->sha256))
            return E_MANIFEST_VALUE;
        if (d->base >= (m->deltas > 0 ? d[-1].base : m->serial))
            return E_MANIFEST_DELTA;
        m->deltas++;
    }
    return 0;
}

static int parse(struct cursor *c, struct manifest *m)
{
    struct value v;

    if (!take_field(c, "gitdns", &v) || v.end - v.at != 10 || memcmp(v.at, "registry 1", 10) != 0)
        return E_MANIFEST_FORMAT;
    if (!take_field(c, "name", &v))
        return E_MANIFEST_FIELD;
    if (!take_name(&v, m->name))
        return E_MANIFEST_VALUE;
    if (!take_field(c, "serial", &v))
        return E_MANIFEST_FIELD;
    if (!take_serial(&v, &m->serial) || !take_end(&v))
        return E_MANIFEST_VALUE;
    if (!take_field(c, "parent", &v))
        return E_MANIFEST_FIELD;
    if (!take_parent(&v, m))
        return E_MANIFEST_VALUE;
    if (!take_field(c, "created", &v))
        return E_MANIFEST_FIELD;
    if (!take_time(&v, &m->created))
        return E_MANIFEST_VALUE;
    if (!take_field(c, "expires", &v))
        return E_MANIFEST_FIELD;
    if (!take_time(&v, &m->expires) || m->expires <= m->created)
        return E_MANIFEST_VALUE;
    if (!take_field(c, "names", &v))
        return E_MANIFEST_FIELD;
    if (!take_number(&v, 1, &m->names) || !take_end(&v))
        return E_MANIFEST_VALUE;
    if (!take_field(c, "text", &v))
        return E_MANIFEST_FIELD;
    if (!take_size(&v, &m->text_octets, m->text_sha256))
        return E_MANIFEST_VALUE;
    if (!take_field(c, "snapshot", &v))
        return E_MANIFEST_FIELD;
    if (!take_size(&v, &m->snapshot_octets, m->snapshot_sha256))
        return E_MANIFEST_VALUE;
    return take_deltas(c, m);
}

int manifest_parse(const char *text, size_t len, struct manifest *manifest, unsigned *line)
{
    struct cursor cursor = {text, text + len, 0};
    int r;

    *manifest = (struct manifest){0};
    r = len > MANIFEST_MAX_OCTETS ? E_MANIFEST_LONG : parse(&cursor, manifest);
    if (r == 0 && cursor.at != cursor.end)
        r = E_MANIFEST_TRAILING;
    /* A field that was taken has been counted; one that was not stands on the next line. */
    if (r != E_MANIFEST_VALUE && r != E_MANIFEST_DELTA)
        cursor.line++;
    *line = r == E_MANIFEST_FORMAT ? 1 : cursor.line;
    return r;
}

/* Appends to `out`, or leaves *len above the maximum. */
__attribute__((format(printf, 3, 4))) static void put(char *out, size_t *len, const char *format,
                                                      ...)
{
    size_t room = *len < MANIFEST_MAX_OCTETS + 1 ? MANIFEST_MAX_OCTETS + 1 - *len : 0;
    va_list arguments;

    va_start(arguments, format);
    *len += (size_t)vsnprintf(room > 0 ? out + *len : NULL, room, format, arguments);
    va_end(arguments);
}

static const char *hex(const unsigned char sha256[SHA256_OCTETS], char out[HEX_OCTETS + 1])
{
    return sodium_bin2hex(out, HEX_OCTETS + 1, sha256, SHA256_OCTETS);
}

int manifest_format(const struct manifest *m, char *out)
{
    char text[MANIFEST_MAX_OCTETS + 1], sha256[HEX_OCTETS + 1];
    char created[TIMESTAMP_OCTETS], expires[TIMESTAMP_OCTETS];
    size_t len = 0;

    timestamp_format(m->created, created);
    timestamp_format(m->expires, expires);
    put(text, &len, FORMAT_LINE "\nname %s\nserial %" PRIu32 "\n", m->name, m->serial);
    if (m->parent == 0)
        put(text, &len, "parent none\n");
    else
        put(text, &len, "parent %" PRIu32 " %s\n", m->parent, hex(m->parent_sha256, sha256));
    put(text, &len, "created %s\nexpires %s\nnames %" PRIu64 "\n", created, expires, m->names);
    put(text, &len, "text %" PRIu64 " %s\n", m->text_octets, hex(m->text_sha256, sha256));
    put(text, &len, "snapshot %" PRIu64 " %s\n", m->snapshot_octets,
        hex(m->snapshot_sha256, sha256));
    for (unsigned i = 0; i < m->deltas; i++)
        put(text, &len, "delta %" PRIu32 " %" PRIu64 " %s\n", m->delta[i].base, m->delta[i].octets,
            hex(m->delta[i].sha256, sha256));
    if (len > MANIFEST_MAX_OCTETS)
        return E_MANIFEST_LONG;
    memcpy(out, text, len);
    return (int)len;
}
