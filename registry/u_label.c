#include "registry/u_label.h"
#include "base/error.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <errno.h>
#include <idn2.h>
#include <string.h>

/* An octet of an A-label stands for a code point, or for less: longer text is no name. */
#define TEXT_OCTETS_MAX (NAME_MAX_OCTETS * 4)

bool u_label_is_needed(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return true;
    return false;
}

static int error_of(int r)
{
    if (r == IDN2_MALLOC)
        return -ENOMEM;
    return r == IDN2_ENCODING_ERROR ? E_NAME_UTF8 : E_NAME_IDNA;
}

int u_label_normalise(const char *text, size_t len, char *name)
{
    char whole[TEXT_OCTETS_MAX + 1];
    char *converted = NULL;
    int r;

    if (!u_label_is_needed(text, len))
        return name_normalise(text, len, name);
    /* glibc does not convert what holds a backslash, which DNS would take for an escape. */
    if (len > TEXT_OCTETS_MAX || memchr(text, '\0', len) != NULL || memchr(text, '\\', len) != NULL)
        return E_NAME_SYNTAX;
    memcpy(whole, text, len);
    whole[len] = '\0';
    /* The flags that idn2_lookup_ul, which glibc calls, comes to. */
    r = idn2_lookup_u8((const uint8_t *)whole, (uint8_t **)&converted,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (r != IDN2_OK)
        return error_of(r);
    r = name_normalise(converted, strlen(converted), name);
    idn2_free(converted);
    return r;
}
