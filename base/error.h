/* Error codes: one negative enum, below the range of -errno. */
#ifndef GITDNS_BASE_ERROR_H
#define GITDNS_BASE_ERROR_H

#include <stdbool.h>

enum error_code {
    /* names, addresses, registry text */
    E_NAME_SYNTAX = -2000,
    E_NAME_NUMERIC,
    E_NAME_SPECIAL,
    E_NAME_UTF8,
    E_NAME_IDNA,
    E_ADDRESS_SYNTAX,
    E_ADDRESS_FORM,
    E_ADDRESS_REFUSED,
    E_ADDRESS_ORDER,
    E_ADDRESS_TWICE,
    E_ADDRESS_COUNT,
    E_ADDRESS_NONE,
    E_LINE_LONG,
    E_LINE_SYNTAX,
    E_LINE_UNFINISHED,
    E_TEXT_ORDER,
    E_DELTA_MISSING,
    /* manifest */
    E_MANIFEST_FORMAT,
    E_MANIFEST_FIELD,
    E_MANIFEST_VALUE,
    E_MANIFEST_TRAILING,
    E_MANIFEST_LONG,
    E_MANIFEST_DELTA,
    /* signature and keys */
    E_SIGNATURE_SYNTAX,
    E_SIGNATURE_LEGACY,
    E_SIGNATURE_KEY,
    E_SIGNATURE_WRONG,
    E_SIGNATURE_COMMENT,
    E_KEY_SYNTAX,
    E_KEY_ENCRYPTED,
    E_KEY_NONE,
    E_KEY_MANY,
    /* gzip */
    E_GZIP_BROKEN,
    E_GZIP_SHORT,
    E_GZIP_TRAILING,
    E_GZIP_LONG,
    E_GZIP_INFLATED,
    /* ZIP */
    E_ZIP_BROKEN,
    E_ZIP_SHORT,
    E_ZIP_MANY,
    E_ZIP_KIND,
    E_INFLATES,
    /* store */
    E_STORE_DAMAGED,
    E_STORE_FULL,
    E_STORE_CROWDED,
    E_STORE_LARGE,
    E_STORE_CHECK,
    E_PIN_SYNTAX,
    /* payload against manifest */
    E_SIZE_WRONG,
    E_HASH_WRONG,
    E_NAMES_WRONG,
    E_FILE_LONG,
    E_FILE_OTHERS,
    E_LIST_LONG,
    E_STOPPED,
};

/* Whether the code is -errno, and so of this machine, rather than one of the above. */
bool error_is_errno(int code);

/* A lower-case phrase for any code that a function of base/, registry/ or copy/ returned, without a
 * full stop. Static storage, or, for -errno, strerror's. */
const char *error_text(int code);

#endif
