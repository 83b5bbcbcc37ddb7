#include "registry/text.h"
#include "base/error.h"
#include "registry/address.h"
#include "registry/name.h"
#include <arpa/inet.h>
#include <string.h>

_Static_assert(ADDRESSES_MAX == 64, "E_ADDRESS_COUNT's text says so");

#define CNAME "cname="
#define CNAME_LEN (sizeof CNAME - 1)

static int check_name(const struct text_reader *reader, const char *name, size_t len)
{
    int r = name_check(name, len);

    return r < 0 || reader->private ? r : name_check_public(name, len);
}

static bool has(const unsigned char *addresses, unsigned count, const unsigned char *address,
                size_t octets)
{
    for (unsigned i = 0; i < count; i++)
        if (memcmp(addresses + i * octets, address, octets) == 0)
            return true;
    return false;
}

static int add_address(struct text_reader *reader, const char *text, size_t len,
                       struct record *record)
{
    unsigned char address[ADDRESS_MAX_OCTETS];
    char form[INET6_ADDRSTRLEN];
    int octets = address_parse(text, len, address);
    unsigned char *list = octets == 4 ? reader->ipv4 : reader->ipv6;
    unsigned *count = octets == 4 ? &record->n4 : &record->n6;

    if (octets < 0)
        return octets;
    if (address_format(address, (size_t)octets, form) != len || memcmp(form, text, len) != 0)
        return E_ADDRESS_FORM;
    if (!reader->private && address_check_public(address, (size_t)octets) < 0)
        return E_ADDRESS_REFUSED;
    if (octets == 4 && record->n6 > 0)
        return E_ADDRESS_ORDER;
    if (has(list, *count, address, (size_t)octets))
        return E_ADDRESS_TWICE;
    if (record->n4 + record->n6 == ADDRESSES_MAX)
        return E_ADDRESS_COUNT;
    memcpy(list + *count * (size_t)octets, address, (size_t)octets);
    (*count)++;
    return 0;
}

static int set_cname(const struct text_reader *reader, const char *cname, size_t len,
                     struct record *record)
{
    int r = check_name(reader, cname, len);

    if (r < 0)
        return r;
    if (len == record->name_len && memcmp(cname, record->name, len) == 0)
        return E_LINE_SYNTAX;
    record->cname = cname;
    record->cname_len = (unsigned)len;
    return 0;
}

int text_check_name(const struct text_reader *reader, const char *name, size_t len)
{
    int r = check_name(reader, name, len);

    if (r < 0)
        return r;
    return reader->previous_len > 0 &&
                   name_compare(reader->previous, reader->previous_len, name, len) >= 0
               ? E_TEXT_ORDER
               : 0;
}

void text_accept_name(struct text_reader *reader, const char *name, size_t len)
{
    memcpy(reader->previous, name, len);
    reader->previous_len = (unsigned)len;
}

/* Takes the word up to the next blank off the front of *line. */
static size_t take_word(const char **line, const char *end, const char **word)
{
    const char *blank = memchr(*line, ' ', (size_t)(end - *line));

    *word = *line;
    *line = blank != NULL ? blank + 1 : NULL;
    return (size_t)((blank != NULL ? blank : end) - *word);
}

int text_parse(struct text_reader *reader, const char *line, size_t len, struct record *record)
{
    const char *end = line + len, *word;
    size_t word_len = take_word(&line, end, &word);
    int r = text_check_name(reader, word, word_len);

    if (r < 0)
        return r;
    *record = (struct record){
        .name = word, .name_len = (unsigned)word_len, .ipv4 = reader->ipv4, .ipv6 = reader->ipv6};
    while (line != NULL) {
        word_len = take_word(&line, end, &word);
        if (word_len > CNAME_LEN && memcmp(word, CNAME, CNAME_LEN) == 0)
            r = line == NULL ? set_cname(reader, word + CNAME_LEN, word_len - CNAME_LEN, record)
                             : E_LINE_SYNTAX;
        else
            r = add_address(reader, word, word_len, record);
        if (r < 0)
            return r;
    }
    if (record->n4 + record->n6 == 0)
        return E_ADDRESS_NONE;
    text_accept_name(reader, record->name, record->name_len);
    return 0;
}

static bool are_public(const unsigned char *addresses, unsigned count, size_t octets)
{
    for (unsigned i = 0; i < count; i++)
        if (address_check_public(addresses + i * octets, octets) < 0)
            return false;
    return true;
}

int text_check_public(const struct record *record)
{
    int r = name_check_public(record->name, record->name_len);

    if (r == 0 && record->cname != NULL)
        r = name_check_public(record->cname, record->cname_len);
    if (r < 0)
        return r;
    return are_public(record->ipv4, record->n4, 4) && are_public(record->ipv6, record->n6, 16)
               ? 0
               : E_ADDRESS_REFUSED;
}

static char *put_addresses(char *p, const unsigned char *addresses, unsigned count, size_t octets)
{
    for (unsigned i = 0; i < count; i++) {
        *p++ = ' ';
        p += address_format(addresses + i * octets, octets, p);
    }
    return p;
}

size_t text_format(const struct record *record, char *line)
{
    char *p = mempcpy(line, record->name, record->name_len);

    p = put_addresses(p, record->ipv4, record->n4, 4);
    p = put_addresses(p, record->ipv6, record->n6, 16);
    if (record->cname != NULL) {
        p = mempcpy(p, " " CNAME, CNAME_LEN + 1);
        p = mempcpy(p, record->cname, record->cname_len);
    }
    *p++ = '\n';
    return (size_t)(p - line);
}
