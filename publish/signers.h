/* Who signs: the keys of a run, and the minisign program.
 *
 * Signing is left to minisign, which knows encrypted keys and asks for their password on the
 * terminal. To check what it made (and the last serial) the public halves are needed too: from the
 * secret key itself if it is not encrypted, else from the .pub file beside it (KEY.pub, or
 * NAME.pub for NAME.key), else from --pubkey.
 */
#ifndef GITDNS_PUBLISH_SIGNERS_H
#define GITDNS_PUBLISH_SIGNERS_H

#include "publish/problem.h"
#include "registry/registry.h"
#include "registry/signature.h"
#include <stdint.h>

#define SIGNERS_MAX 8

/* As given on the command line. */
struct signer_options {
    unsigned secrets, pubkeys;
    const char *secret[SIGNERS_MAX]; /* files, or folders of *.key */
    const char *pubkey[SIGNERS_MAX];
};

struct signers {
    unsigned count;
    char *secret[SIGNERS_MAX]; /* files; the first signs manifest.minisig */
    struct keys own;           /* public halves of the secret keys, as far as found beside them */
    struct keys trusted;       /* those and --pubkey */
};

/* A folder stands for its files *.key, by their names. Returns 0, E_KEY_… (E_KEY_MANY: more than
 * SIGNERS_MAX), -ENOMEM or -errno. signers_close at the end either way. */
int signers_load(struct signers *signers, const struct signer_options *options,
                 struct problem *problem);

void signers_close(struct signers *signers);

/* Runs minisign over the text with the secret key file. It is shown the text, sealed, and a file
 * for the signature by descriptors of memory: nothing that stands in any folder. Its messages go to
 * standard error, its standard input is ours. Returns the length of the signature, E_SIGN,
 * E_STOPPED or -errno. */
int signers_run(const char *secret, const char *text, size_t len, const char *registry_name,
                uint32_t serial, char signature[SIGNATURE_MAX_OCTETS], struct problem *problem);

#endif
