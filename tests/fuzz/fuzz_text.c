/* A registry text or a delta, line by line, as a public or a private registry. */
#include "base/error.h"
#include "registry/delta.h"
#include "registry/name.h"
#include "registry/record.h"
#include "registry/text.h"
#include "tests/fuzz/fuzz.h"

static bool same(const char *a, size_t a_len, const void *b, size_t b_len)
{
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

static void check_distinct(const unsigned char *addresses, unsigned count, size_t octets)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < i; k++)
            require(memcmp(addresses + i * octets, addresses + k * octets, octets) != 0,
                    "no address twice");
}

/* What a store would hold of the record is that record. */
static void check_record(const struct record *in)
{
    unsigned char value[RECORD_VALUE_MAX];
    size_t len = record_encode(in, value);
    unsigned char *copy = copy_of(value, len);
    struct record out;

    require(record_decode(copy, len, &out) == 0, "an encoded record decodes");
    require(out.n4 == in->n4 && memcmp(out.ipv4, in->ipv4, 4 * (size_t)in->n4) == 0, "IPv4");
    require(out.n6 == in->n6 && memcmp(out.ipv6, in->ipv6, 16 * (size_t)in->n6) == 0, "IPv6");
    require((out.cname == NULL) == (in->cname == NULL), "alias");
    require(out.cname == NULL || same(out.cname, out.cname_len, in->cname, in->cname_len), "cname");
    check_distinct(in->ipv4, in->n4, 4);
    check_distinct(in->ipv6, in->n6, 16);
    free(copy);
}

static void check_names(const char *line, size_t len)
{
    char name[NAME_MAX_OCTETS + 1], again[NAME_MAX_OCTETS + 1];
    int r = name_normalise(line, len, name);

    require(r == E_NAME_SYNTAX || r == E_NAME_NUMERIC || (r > 0 && r <= NAME_MAX_OCTETS), "length");
    if (r < 0)
        return;
    require(name_check(name, (size_t)r) == 0, "a normal form is normal");
    require(name_normalise(name, (size_t)r, again) == r && strcmp(name, again) == 0, "it stays so");
    require(name_compare(name, (size_t)r, again, (size_t)r) == 0, "and is equal to itself");
}

static void parse(struct text_reader *reader, bool delta, const char *line, size_t len)
{
    char before[NAME_MAX_OCTETS], out[TEXT_LINE_MAX];
    unsigned before_len = reader->previous_len;
    struct record record;

    memcpy(before, reader->previous, before_len);
    if ((delta ? delta_parse : text_parse)(reader, line, len, &record) < 0)
        return;
    require(name_check(record.name, record.name_len) == 0, "the name is normal");
    require(reader->private || name_check_public(record.name, record.name_len) == 0, "and public");
    require(before_len == 0 || name_compare(before, before_len, record.name, record.name_len) < 0,
            "and behind the one before");
    require(same(reader->previous, reader->previous_len, record.name, record.name_len), "and kept");
    require(record.n4 + record.n6 <= ADDRESSES_MAX, "addresses");
    if (record.n4 + record.n6 == 0) {
        require(delta, "only a delta takes names out");
        require(delta_format_removal(&record, out) == len + 1, "the line's length");
    } else {
        require(text_format(&record, out) == len + 1, "the line's length");
        check_record(&record);
    }
    require(memcmp(out, line, len) == 0 && out[len] == '\n', "the same line");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text_reader reader = {.private = false};
    const char *at = (const char *)data + 1, *end = (const char *)data + size;

    if (size < 1)
        return 0;
    reader.private = data[0] & 1;
    while (at < end) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((lf != NULL ? lf : end) - at);
        char *line = copy_of(at, len);

        if (len > 0) {
            check_names(line, len);
            parse(&reader, data[0] & 2, line, len);
        }
        free(line);
        at += len + 1;
    }
    return 0;
}
