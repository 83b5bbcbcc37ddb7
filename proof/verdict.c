#include "proof/proof.h"

const char *proof_verdict_word(enum proof_verdict verdict)
{
    static const char *const words[] = {
        [PROOF_PROVEN] = "proven",     [PROOF_OPEN] = "open",
        [PROOF_REFUSED] = "refused",   [PROOF_RESET] = "reset",
        [PROOF_SILENT] = "silent",     [PROOF_UNREACHABLE] = "unreachable",
        [PROOF_NO_ROUTE] = "no route", [PROOF_UNTRIED] = "not tried",
    };

    return words[verdict];
}

const char *proof_why_word(enum proof_why why)
{
    static const char *const words[] = {
        [PROOF_WHY_NONE] = "",
        [PROOF_OTHER_NAME] = "certificate for another name",
        [PROOF_EXPIRED] = "certificate expired",
        [PROOF_SELF_SIGNED] = "self-signed certificate",
        [PROOF_UNKNOWN_ISSUER] = "certificate of an unknown issuer",
        [PROOF_BAD_CERTIFICATE] = "bad certificate",
        [PROOF_NO_TLS] = "no TLS",
        [PROOF_NO_STARTTLS] = "no STARTTLS",
        [PROOF_PLAIN] = "a port without proof",
        [PROOF_NO_SSH] = "no SSH",
        [PROOF_UNKNOWN_KEY] = "host key not known",
        [PROOF_OTHER_KEY] = "another host key",
    };

    return words[why];
}

bool proof_would_work(enum proof_verdict verdict)
{
    return verdict == PROOF_PROVEN || verdict == PROOF_OPEN;
}
