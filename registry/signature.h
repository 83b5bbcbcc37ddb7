/* minisign keys and signatures, the prehashed kind (`ED`) alone.
 *
 * Format: https://jedisct1.github.io/minisign/ , "Signature format". A signature is good if the key
 * with its id is among those given, the octets' BLAKE2b-512 is signed by it, the signature with the
 * trusted comment is signed by it too, and that comment reads `gitdns NAME serial N`.
 */
#ifndef GITDNS_REGISTRY_SIGNATURE_H
#define GITDNS_REGISTRY_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

#define KEYS_MAX 64
/* The hex digits of a key id as minisign prints it, but with leading zeros, and a NUL. */
#define KEY_ID_TEXT 17

struct key {
    unsigned char id[8];
    unsigned char public[32];
};

/* Start with count = 0. */
struct keys {
    unsigned count;
    struct key key[KEYS_MAX];
};

/* Adds the key of a minisign public key file's octets, or of its base64 line alone; with CR LF, a
 * byte order mark, or blank lines at the end as well. Adding a key twice is no error. Returns 0,
 * E_KEY_SYNTAX or E_KEY_MANY. */
int keys_add(struct keys *keys, const char *text, size_t len);

/* Adds the public half of a minisign secret key file's octets. Returns 0, E_KEY_SYNTAX, E_KEY_MANY
 * or E_KEY_ENCRYPTED: then only its .pub file tells. */
int keys_add_secret(struct keys *keys, const char *text, size_t len);

/* Adds the public key file at `path`, or every *.pub in the folder at `path`. Returns 0, E_KEY_…
 * (E_KEY_NONE: a folder without any) or -errno; after an error `keys` is as it was. */
int keys_load(struct keys *keys, const char *path);

void key_id_format(const struct key *key, char out[KEY_ID_TEXT]);

/* 0 if `signature` is a good signature of the octets `data`, by any of the keys, for that registry
 * name and serial; else E_SIGNATURE_…. E_SIGNATURE_KEY: it may be good, but by none of the keys. */
int signature_verify(const char *signature, size_t signature_len, const void *data, size_t len,
                     const struct keys *keys, const char *registry_name, uint32_t serial);

#endif
