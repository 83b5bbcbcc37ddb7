#include "registry/name.h"
#include "registry/error.h"
#include "registry/registry.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The octet in lower case, or NUL if no name may hold it. Not ctype.h: that asks the locale. */
static char fold(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
        return c;
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return 0;
}

static bool label_ok(const char *label, size_t len)
{
    return len >= 1 && len <= LABEL_MAX_OCTETS && label[0] != '-' && label[len - 1] != '-';
}

int name_normalise(const char *text, size_t len, char *name)
{
    size_t label = 0, i;
    bool digits = true;

    if (len > 0 && text[len - 1] == '.')
        len--;
    if (len == 0 || len > NAME_MAX_OCTETS)
        return E_NAME_SYNTAX;
    for (i = 0; i < len; i++) {
        char c = text[i];

        if (c == '.') {
            if (!label_ok(name + label, i - label))
                return E_NAME_SYNTAX;
            name[i] = '.';
            label = i + 1;
            digits = true;
            continue;
        }
        c = fold(c);
        if (c == 0)
            return E_NAME_SYNTAX;
        digits = digits && c <= '9' && c >= '0';
        name[i] = c;
    }
    if (!label_ok(name + label, i - label))
        return E_NAME_SYNTAX;
    name[len] = '\0';
    return digits ? E_NAME_NUMERIC : (int)len;
}

int name_check(const char *name, size_t len)
{
    char normal[NAME_MAX_OCTETS + 1];
    int r = name_normalise(name, len, normal);

    if (r < 0)
        return r;
    return (size_t)r == len && memcmp(name, normal, len) == 0 ? 0 : E_NAME_SYNTAX;
}

static bool is_below(const char *name, size_t len, const char *domain, size_t domain_len)
{
    return len >= domain_len && memcmp(name + len - domain_len, domain, domain_len) == 0 &&
           (len == domain_len || name[len - domain_len - 1] == '.');
}

int name_check_public(const char *name, size_t len)
{
    static const char *const special[] = {"localhost", "local",         "invalid",      "test",
                                          "onion",     "alt",           "example",      "internal",
                                          "home.arpa", "ipv4only.arpa", "resolver.arpa"};

    if (memchr(name, '.', len) == NULL)
        return E_NAME_SPECIAL;
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        if (is_below(name, len, special[i], strlen(special[i])))
            return E_NAME_SPECIAL;
    return 0;
}

/* Where the last label of the first `len` octets starts. */
static size_t last_label(const char *name, size_t len)
{
    const char *dot = memrchr(name, '.', len);

    return dot != NULL ? (size_t)(dot - name) + 1 : 0;
}

int name_compare(const char *a, size_t alen, const char *b, size_t blen)
{
    for (;;) {
        size_t astart = last_label(a, alen), bstart = last_label(b, blen);
        size_t an = alen - astart, bn = blen - bstart;
        int r = memcmp(a + astart, b + bstart, an < bn ? an : bn);

        if (r != 0)
            return r;
        if (an != bn)
            return an < bn ? -1 : 1;
        if (astart == 0 || bstart == 0)
            return (astart > 0) - (bstart > 0);
        alen = astart - 1;
        blen = bstart - 1;
    }
}

int registry_name_check(const char *name, size_t len)
{
    if (len == 0 || len > REGISTRY_NAME_MAX || name[0] == '.')
        return E_NAME_SYNTAX;
    for (size_t i = 0; i < len; i++)
        if (name[i] != '.' && (name[i] == '_' || fold(name[i]) != name[i] || name[i] == 0))
            return E_NAME_SYNTAX;
    return 0;
}
