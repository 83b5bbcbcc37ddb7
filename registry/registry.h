/* What a registry is, on both sides of the wire.
 *
 *   name, address     what may stand in a registry: syntax, order, what is refused
 *   record            a name, its addresses and its canonical name; as a store's value
 *   text              one line of the registry text <-> a record
 *   delta             what changes from one serial's text to another's
 *   manifest          the signed page that describes one serial
 *   signature         minisign keys and signatures
 *   gunzip            a bounded, strict gzip member, read line by line, with its SHA-256
 *   store_read        look-ups in a store and a walk through it
 *   store_write       a new store, checked and put in place of the old one
 *   store_verify      what a store says of itself, and whether it is true
 *   serials           the stores that a machine keeps, and which of them answers
 *   board_read, board_write   what the daemon lets every process know of an outage of DNS
 *   siphash           the hash of names on that board
 *   file, error       whole small files and the durable rename; error codes and their texts
 *
 * The module links name, record, store_read, board_read and siphash alone: nothing but libc and
 * tinycdb. Nothing in this folder prints. A function that can fail returns 0 or a negative code:
 * -errno, or one of enum registry_error (error.h).
 */
#ifndef GITDNS_REGISTRY_H
#define GITDNS_REGISTRY_H

/* Where a store lies unless the configuration says otherwise; the module knows no other place. */
#define STORE_DIRECTORY "/var/lib/gitdns"
#define STORE_FILE "registry.cdb"
#define STORE_PATH STORE_DIRECTORY "/" STORE_FILE

/* The form of names, shared by all: RFC 1035 section 2.3.4 less the root label. */
#define NAME_MAX_OCTETS 253
#define LABEL_MAX_OCTETS 63
/* A registry's own name. */
#define REGISTRY_NAME_MAX 64
#define SERIAL_MAX 999999999
#define ADDRESSES_MAX 64

/* Bounds on what is fetched before a signature vouches for its size. */
#define HEAD_MAX_OCTETS 16
#define MANIFEST_MAX_OCTETS (16 * 1024)
#define SIGNATURE_MAX_OCTETS (10 * 1024)

#define SHA256_OCTETS 32

#endif
