#include "audit/ancestry.h"
#include "base/error.h"
#include "base/number.h"
#include "copy/freshness.h"
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NOT_FOUND 404
#define GONE 410

/* The parent of `child`. Returns 0, or a negative code: it is none, which has been said. */
static int read_parent(struct auditing *auditing, const struct manifest *child,
                       struct manifest *parent)
{
    struct mirror *mirror = &auditing->mirror;
    struct findings *findings = &auditing->audit->findings;
    unsigned char sha256[SHA256_OCTETS];
    char text[MANIFEST_MAX_OCTETS], url[MIRROR_URL_OCTETS];
    struct fetch_answer answer;
    unsigned line;
    size_t len;
    int r;

    snprintf(url, sizeof url, "%s%" PRIu32 "/manifest", mirror->url, child->parent);
    if (fetch_text(mirror->fetcher, url, mirror->deadline, text, sizeof text, &len, &answer) !=
        FETCH_OK) {
        bool missing = answer.status == NOT_FOUND || answer.status == GONE || answer.status == 0;

        findings_add(findings, missing ? FINDING_NOTE : FINDING_WARNING, FINDING_HISTORY, "%s: %s",
                     url, answer.error);
        return -1;
    }
    crypto_hash_sha256(sha256, (const unsigned char *)text, len);
    if (memcmp(sha256, child->parent_sha256, SHA256_OCTETS) != 0) {
        findings_add(findings, FINDING_WARNING, FINDING_HISTORY,
                     "%s: not the one that serial %" PRIu32 " continues: %s", url, child->serial,
                     error_text(E_HASH_WRONG));
        return -1;
    }
    r = manifest_parse(text, len, parent, &line);
    if (r == 0 && (parent->serial != child->parent || strcmp(parent->name, child->name) != 0))
        r = E_SIGNATURE_COMMENT;
    if (r < 0)
        findings_add(findings, FINDING_WARNING, FINDING_HISTORY, "%s: %s", url, error_text(r));
    return r;
}

/* Whether the newest one is as old as its publisher lets it become. */
static void judge_age(struct auditing *auditing, const struct ancestry *ancestry)
{
    const struct manifest *manifest = &auditing->offer.manifest;
    struct serial_date dates[ANCESTRY_MAX + 1] = {{manifest->serial, manifest->created}};
    int64_t now = auditing->request->now, usual;

    for (unsigned i = 0; i < ancestry->count; i++)
        dates[i + 1] =
            (struct serial_date){ancestry->ancestor[i].serial, ancestry->ancestor[i].created};
    usual = freshness_usual(dates, ancestry->count + 1 < FRESHNESS_DATES_MAX ? ancestry->count + 1
                                                                             : FRESHNESS_DATES_MAX);
    if (manifest->expires > now &&
        freshness_has_stopped(manifest->created, manifest->expires, usual, now))
        findings_add(&auditing->audit->findings, FINDING_WARNING, FINDING_AGE,
                     "%s%" PRIu32 "/manifest: made %" PRId64
                     " hours ago, and nothing newer is there: its publisher has stopped, or this "
                     "mirror shows an old state",
                     auditing->mirror.url, manifest->serial, (now - manifest->created) / HOUR);
}

void ancestry_read(struct auditing *auditing, struct ancestry *ancestry)
{
    struct manifest manifest = auditing->offer.manifest, parent;

    ancestry->count = 0;
    while (manifest.parent != 0 && ancestry->count < ANCESTRY_MAX &&
           read_parent(auditing, &manifest, &parent) == 0) {
        struct ancestor *ancestor = &ancestry->ancestor[ancestry->count++];

        ancestor->serial = parent.serial;
        ancestor->created = parent.created;
        ancestor->text_octets = parent.text_octets;
        ancestor->snapshot_octets = parent.snapshot_octets;
        memcpy(ancestor->snapshot_sha256, parent.snapshot_sha256, SHA256_OCTETS);
        manifest = parent;
    }
    judge_age(auditing, ancestry);
}

const struct ancestor *ancestry_find(const struct ancestry *ancestry, uint32_t serial)
{
    for (unsigned i = 0; i < ancestry->count; i++)
        if (ancestry->ancestor[i].serial == serial)
            return &ancestry->ancestor[i];
    return NULL;
}
