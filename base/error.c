#include "base/error.h"
#include <stddef.h>
#include <string.h>

/* Linux's errno values end at 133. */
#define ERRNO_MAX 1000

#define FIRST (-2000)

_Static_assert(E_NAME_SYNTAX == FIRST, "the texts begin with it");

static const char *const texts[] = {
    [E_NAME_SYNTAX - FIRST] = "not a host name",
    [E_NAME_NUMERIC - FIRST] = "not a host name: its last label is a number",
    [E_NAME_SPECIAL - FIRST] = "special-use name in a public registry",
    [E_NAME_UTF8 - FIRST] = "neither ASCII nor UTF-8",
    [E_NAME_IDNA - FIRST] = "not a host name in any script (IDNA 2008)",
    [E_ADDRESS_SYNTAX - FIRST] = "not an address",
    [E_ADDRESS_FORM - FIRST] = "address not in its shortest form",
    [E_ADDRESS_REFUSED - FIRST] = "address that is not globally reachable in a public registry",
    [E_ADDRESS_ORDER - FIRST] = "IPv4 address after an IPv6 address",
    [E_ADDRESS_TWICE - FIRST] = "address given twice",
    [E_ADDRESS_COUNT - FIRST] = "more than 64 addresses",
    [E_ADDRESS_NONE - FIRST] = "name without an address",
    [E_LINE_LONG - FIRST] = "line too long",
    [E_LINE_SYNTAX - FIRST] = "not a line of a registry",
    [E_LINE_UNFINISHED - FIRST] = "ends in the middle of a line",
    [E_TEXT_ORDER - FIRST] = "names out of order",
    [E_DELTA_MISSING - FIRST] = "takes out a name that is not there",
    [E_MANIFEST_FORMAT - FIRST] = "not a gitdns manifest of format 1",
    [E_MANIFEST_FIELD - FIRST] = "manifest field missing or out of place",
    [E_MANIFEST_VALUE - FIRST] = "manifest field with a bad value",
    [E_MANIFEST_TRAILING - FIRST] = "more than a manifest",
    [E_MANIFEST_LONG - FIRST] = "manifest too long",
    [E_MANIFEST_DELTA - FIRST] = "deltas out of order",
    [E_SIGNATURE_SYNTAX - FIRST] = "not a minisign signature",
    [E_SIGNATURE_LEGACY - FIRST] =
        "signature of minisign's legacy kind; only the prehashed kind is accepted",
    [E_SIGNATURE_KEY - FIRST] = "signed by none of the keys",
    [E_SIGNATURE_WRONG - FIRST] = "signature does not match",
    [E_SIGNATURE_COMMENT - FIRST] = "signature is for another registry or serial",
    [E_KEY_SYNTAX - FIRST] = "not a minisign key",
    [E_KEY_ENCRYPTED - FIRST] = "encrypted secret key without its public key file",
    [E_KEY_NONE - FIRST] = "no *.pub key in this folder",
    [E_KEY_MANY - FIRST] = "more than 64 keys",
    [E_GZIP_BROKEN - FIRST] = "not a gzip file, or a damaged one",
    [E_GZIP_SHORT - FIRST] = "gzip file ends too early",
    [E_GZIP_TRAILING - FIRST] = "octets after the end of the gzip file",
    [E_GZIP_LONG - FIRST] = "inflates to more octets than announced",
    [E_GZIP_INFLATED - FIRST] =
        "the server inflates it: its text comes, and not the .gz file that was published",
    [E_ZIP_BROKEN - FIRST] = "not a ZIP file, or a damaged one",
    [E_ZIP_SHORT - FIRST] = "ZIP file ends too early",
    [E_ZIP_MANY - FIRST] = "ZIP file that holds more than one file",
    [E_ZIP_KIND - FIRST] = "ZIP file that is encrypted, or neither stored nor deflated",
    [E_INFLATES - FIRST] = "inflates to more than 1 GiB",
    [E_STORE_DAMAGED - FIRST] = "not a store, or a damaged one",
    [E_STORE_FULL - FIRST] = "more names than a store can hold (4 GiB)",
    [E_STORE_CROWDED - FIRST] = "names that crowd together in a store's hash tables",
    [E_STORE_LARGE - FIRST] = "larger than 2 GiB, which a 32-bit process cannot map",
    [E_STORE_CHECK - FIRST] = "new store does not read back as it was written",
    [E_PIN_SYNTAX - FIRST] = "holds no serial",
    [E_SIZE_WRONG - FIRST] = "size differs from the manifest's",
    [E_HASH_WRONG - FIRST] = "SHA-256 differs from the manifest's",
    [E_NAMES_WRONG - FIRST] = "number of names differs from the manifest's",
    [E_FILE_LONG - FIRST] = "larger than it may be",
    [E_FILE_OTHERS - FIRST] = "others than the caller and root own it or may write it",
    [E_LIST_LONG - FIRST] = "the list is too long",
    [E_STOPPED - FIRST] = "stopped",
};

bool error_is_errno(int code)
{
    return code < 0 && code > -ERRNO_MAX;
}

const char *error_text(int code)
{
    size_t at = (size_t)(code - FIRST);

    if (code >= FIRST && at < sizeof texts / sizeof *texts)
        return texts[at];
    return error_is_errno(code) ? strerror(-code) : "unknown error";
}
