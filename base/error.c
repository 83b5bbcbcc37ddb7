#include "base/error.h"
#include <string.h>

/* Linux's errno values end at 133. */
#define ERRNO_MAX 1000

bool error_is_errno(int code)
{
    return code < 0 && code > -ERRNO_MAX;
}

const char *error_text(int code)
{
    switch (code) {
    case E_NAME_SYNTAX:
        return "not a host name";
    case E_NAME_NUMERIC:
        return "not a host name: its last label is a number";
    case E_NAME_SPECIAL:
        return "special-use name in a public registry";
    case E_ADDRESS_SYNTAX:
        return "not an address";
    case E_ADDRESS_FORM:
        return "address not in its shortest form";
    case E_ADDRESS_REFUSED:
        return "address that is not globally reachable in a public registry";
    case E_ADDRESS_ORDER:
        return "IPv4 address after an IPv6 address";
    case E_ADDRESS_TWICE:
        return "address given twice";
    case E_ADDRESS_COUNT:
        return "more than 64 addresses";
    case E_ADDRESS_NONE:
        return "name without an address";
    case E_LINE_LONG:
        return "line too long";
    case E_LINE_SYNTAX:
        return "not a line of a registry";
    case E_LINE_UNFINISHED:
        return "ends in the middle of a line";
    case E_TEXT_ORDER:
        return "names out of order";
    case E_DELTA_MISSING:
        return "takes out a name that is not there";
    case E_MANIFEST_FORMAT:
        return "not a gitdns manifest of format 1";
    case E_MANIFEST_FIELD:
        return "manifest field missing or out of place";
    case E_MANIFEST_VALUE:
        return "manifest field with a bad value";
    case E_MANIFEST_TRAILING:
        return "more than a manifest";
    case E_MANIFEST_LONG:
        return "manifest too long";
    case E_MANIFEST_DELTA:
        return "deltas out of order";
    case E_SIGNATURE_SYNTAX:
        return "not a minisign signature";
    case E_SIGNATURE_LEGACY:
        return "signature of minisign's legacy kind; only the prehashed kind is accepted";
    case E_SIGNATURE_KEY:
        return "signed by none of the keys";
    case E_SIGNATURE_WRONG:
        return "signature does not match";
    case E_SIGNATURE_COMMENT:
        return "signature is for another registry or serial";
    case E_KEY_SYNTAX:
        return "not a minisign key";
    case E_KEY_ENCRYPTED:
        return "encrypted secret key without its public key file";
    case E_KEY_NONE:
        return "no *.pub key in this folder";
    case E_KEY_MANY:
        return "more than 64 keys";
    case E_GZIP_BROKEN:
        return "not a gzip file, or a damaged one";
    case E_GZIP_SHORT:
        return "gzip file ends too early";
    case E_GZIP_TRAILING:
        return "octets after the end of the gzip file";
    case E_GZIP_LONG:
        return "inflates to more octets than announced";
    case E_STORE_DAMAGED:
        return "not a store, or a damaged one";
    case E_STORE_FULL:
        return "more names than a store can hold (4 GiB)";
    case E_STORE_CHECK:
        return "new store does not read back as it was written";
    case E_PIN_SYNTAX:
        return "holds no serial";
    case E_SIZE_WRONG:
        return "size differs from the manifest's";
    case E_HASH_WRONG:
        return "SHA-256 differs from the manifest's";
    case E_NAMES_WRONG:
        return "number of names differs from the manifest's";
    case E_FILE_LONG:
        return "larger than it may be";
    case E_STOPPED:
        return "stopped";
    default:
        return error_is_errno(code) ? strerror(-code) : "unknown error";
    }
}
