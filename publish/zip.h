/* A ZIP file of one member, as lists of names are published, read from its front to its end: the
 * member's local header, its data, and what follows. Its name does not matter.
 *
 * The format is APPNOTE.TXT's, by PKWARE. The member's CRC and size come from the central directory
 * after it, which is there whatever the local header leaves open.
 */
#ifndef GITDNS_PUBLISH_ZIP_H
#define GITDNS_PUBLISH_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest data descriptor, and the fixed part of the directory's entry. */
#define ZIP_TAIL_OCTETS (24 + 46)

struct zip {
    bool deflated;
    uint64_t stored;     /* not deflated: octets of data */
    unsigned long crc;   /* of what has been taken out */
    uint64_t octets;     /* of it */
    uint64_t tail_total; /* octets after the data */
    size_t tail_len;     /* of `tail` */
    unsigned char tail[ZIP_TAIL_OCTETS];
};

/* Whether the first four octets are a ZIP file's. */
bool zip_is(const unsigned char *data);

/* Reads the local header at the front of a file. Returns its length, 0 if `len` octets are not all
 * of it, E_ZIP_KIND or E_ZIP_BROKEN. */
int zip_begin(struct zip *zip, const unsigned char *data, size_t len);

/* Counts what was taken out. */
void zip_count(struct zip *zip, const void *data, size_t len);

/* Takes what follows the data. Returns 0, or E_ZIP_BROKEN if that is too much. */
int zip_take_tail(struct zip *zip, const unsigned char *data, size_t len);

/* At the end of the file. Returns 0, E_ZIP_MANY, E_ZIP_SHORT or E_ZIP_BROKEN. */
int zip_end(const struct zip *zip);

#endif
