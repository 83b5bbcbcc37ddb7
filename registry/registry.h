/* What a registry is, on both sides of the wire.
 *
 *   name, address     what may stand in a registry: syntax, order, what is refused
 *   admission         what of them a registry takes that is made here
 *   record            a name, its addresses and its canonical name; as a store's value
 *   text              one line of the registry text <-> a record
 *   delta             what changes from one serial's text to another's
 *   manifest          the signed page that describes one serial
 *   signature         minisign keys and signatures
 *   crowding          whether names are chosen to be found slowly
 *   store_size        how large a store becomes, and when it is full
 *   inflated          whether a text came instead
 *   gunzip            a bounded, strict gzip member, read line by line, with its SHA-256
 *
 * Every room but base may enter. Nothing in this room prints. The module links name and record
 * alone, which need nothing but libc.
 */
#ifndef GITDNS_REGISTRY_REGISTRY_H
#define GITDNS_REGISTRY_REGISTRY_H

#include "base/base.h"

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

#endif
