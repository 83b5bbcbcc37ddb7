/* The manifest: the signed page that describes one serial. */
#ifndef GITDNS_REGISTRY_MANIFEST_H
#define GITDNS_REGISTRY_MANIFEST_H

#include "base/base.h"
#include "registry/registry.h"
#include <stddef.h>
#include <stdint.h>

/* More cannot stand in MANIFEST_MAX_OCTETS. */
#define MANIFEST_DELTAS_MAX 256

struct manifest_delta {
    uint32_t base; /* the serial that it starts from */
    uint64_t octets;
    unsigned char sha256[SHA256_OCTETS];
};

struct manifest {
    char name[REGISTRY_NAME_MAX + 1];
    uint32_t serial;
    uint32_t parent; /* 0: none */
    unsigned char parent_sha256[SHA256_OCTETS];
    int64_t created; /* Unix time */
    int64_t expires;
    uint64_t names;
    uint64_t text_octets;
    unsigned char text_sha256[SHA256_OCTETS];
    uint64_t snapshot_octets;
    unsigned char snapshot_sha256[SHA256_OCTETS];
    unsigned deltas;
    struct manifest_delta delta[MANIFEST_DELTAS_MAX];
};

/* Parses a manifest's octets. Returns 0, or E_MANIFEST_…, with *line set to the line at fault,
 * from 1. Numbers have no leading zeros, times are UTC `YYYY-MM-DDTHH:MM:SSZ`, hashes 64 lower-case
 * hex digits; created < expires; parent and bases < serial, newest base first; at least one name.
 */
int manifest_parse(const char *text, size_t len, struct manifest *manifest, unsigned *line);

/* Writes the manifest to `out` (MANIFEST_MAX_OCTETS, no NUL); returns its length, or
 * E_MANIFEST_LONG. */
int manifest_format(const struct manifest *manifest, char *out);

/* A serial as it stands in HEAD, in folder names and in `serial` lines: decimal, 1 to SERIAL_MAX,
 * without leading zeros. Returns it, or 0 if the `len` octets are none. */
uint32_t serial_parse(const char *text, size_t len);

/* `YYYY-MM-DDTHH:MM:SSZ`, NUL-terminated. */
#define TIMESTAMP_OCTETS 21
void timestamp_format(int64_t time, char out[TIMESTAMP_OCTETS]);

#endif
