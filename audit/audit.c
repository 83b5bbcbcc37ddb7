#include "audit/audit.h"
#include "audit/ancestry.h"
#include "audit/contents.h"
#include "audit/families.h"
#include "audit/served_file.h"
#include "base/error.h"
#include "base/number.h"
#include "copy/freshness.h"
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* Room for `SERIAL/delta-SERIAL.gz`. */
#define FILE_OCTETS 48
/* Clocks that are no further apart say nothing. */
#define CLOCKS_APART DAY

/* A manifest that nothing vouches for is looked at as if it were good, and that is said. */
static bool read_unsigned(struct auditing *auditing)
{
    struct findings *findings = &auditing->audit->findings;
    const struct mirror *mirror = &auditing->mirror;
    struct offer *offer = &auditing->offer;
    unsigned line;
    int r = manifest_parse(offer->text, offer->text_len, &offer->manifest, &line);

    if (r < 0)
        findings_add(findings, FINDING_ERROR, FINDING_MANIFEST, "%s%" PRIu32 "/manifest:%u: %s",
                     mirror->url, mirror->serial, line, error_text(r));
    else if (offer->manifest.serial != mirror->serial)
        findings_add(findings, FINDING_ERROR, FINDING_OTHER,
                     "%s%" PRIu32 "/manifest: is of serial %" PRIu32, mirror->url, mirror->serial,
                     offer->manifest.serial);
    return r == 0 && offer->manifest.serial == mirror->serial;
}

/* The newest manifest, signed or not. Returns whether there is one to go on by. */
static bool read_offer(struct auditing *auditing)
{
    const struct audit_request *request = auditing->request;
    struct audit *audit = auditing->audit;
    struct mirror *mirror = &auditing->mirror;
    struct offer *offer = &auditing->offer;
    char name[REGISTRY_NAME_MAX + 1];
    unsigned line;

    if (mirror_manifest(mirror, offer) != FETCH_OK) {
        auditing_fail(auditing, FINDING_ERROR);
        return false;
    }
    if (request->keys == NULL) {
        findings_add(&audit->findings, FINDING_WARNING, FINDING_SIGNATURE,
                     "%s%" PRIu32 "/manifest: its signature is not checked: no key is known",
                     mirror->url, mirror->serial);
        return read_unsigned(auditing);
    }
    /* One that is none has no name, and is signed by nobody. */
    name[0] = '\0';
    if (request->registry_name != NULL)
        snprintf(name, sizeof name, "%s", request->registry_name);
    else if (manifest_parse(offer->text, offer->text_len, &offer->manifest, &line) == 0)
        snprintf(name, sizeof name, "%s", offer->manifest.name);
    audit->is_signed = mirror_verify(mirror, request->keys, name, offer) == FETCH_OK;
    if (!audit->is_signed)
        auditing_fail(auditing, FINDING_ERROR);
    return audit->is_signed;
}

static void judge_manifest(struct auditing *auditing)
{
    struct findings *findings = &auditing->audit->findings;
    const struct manifest *manifest = &auditing->offer.manifest;
    int64_t now = auditing->request->now;
    char url[MIRROR_URL_OCTETS], expires[TIMESTAMP_OCTETS], created[TIMESTAMP_OCTETS];

    snprintf(url, sizeof url, "%s%" PRIu32 "/manifest", auditing->mirror.url, manifest->serial);
    timestamp_format(manifest->expires, expires);
    timestamp_format(manifest->created, created);
    if (manifest->expires <= now)
        findings_add(findings, FINDING_ERROR, FINDING_EXPIRED, "%s: expired at %s", url, expires);
    else if (freshness_ends_soon(manifest->created, manifest->expires, now))
        findings_add(findings, FINDING_WARNING, FINDING_AGE, "%s: expires at %s", url, expires);
    if (manifest->created - now > CLOCKS_APART)
        findings_add(findings, FINDING_WARNING, FINDING_CLOCK,
                     "%s: made at %s by its publisher's clock, which this machine's is behind", url,
                     created);
}

/* What gzip cannot make smaller becomes a little larger (zlib's compressBound). */
static bool fits(uint64_t text_octets, uint64_t snapshot_octets, uint64_t max)
{
    return text_octets <= max && snapshot_octets <= max + max / 1000 + 1024;
}

/* The largest text that is looked into. */
static uint64_t into_max(const struct audit_request *request)
{
    return request->deep || request->max_octets < AUDIT_TEXT_OCTETS ? request->max_octets
                                                                    : AUDIT_TEXT_OCTETS;
}

/* Whether clients take as much. */
static bool is_bounded(struct auditing *auditing)
{
    const struct manifest *manifest = &auditing->offer.manifest;
    uint64_t max = auditing->request->max_octets;

    if (fits(manifest->text_octets, manifest->snapshot_octets, max))
        return true;
    findings_add(&auditing->audit->findings, FINDING_ERROR, FINDING_LARGE,
                 "%s%" PRIu32 "/manifest: text of %" PRIu64 " octets, snapshot of %" PRIu64
                 ": clients take %" PRIu64,
                 auditing->mirror.url, manifest->serial, manifest->text_octets,
                 manifest->snapshot_octets, max);
    return false;
}

/* For octets that are to be looked into. NULL has been said. */
static FILE *make_room(struct auditing *auditing)
{
    FILE *file = tmpfile();

    if (file == NULL)
        findings_add(&auditing->audit->findings, FINDING_ERROR, FINDING_MACHINE,
                     "a temporary file: %s", error_text(-errno));
    return file;
}

static void drop(FILE *file)
{
    if (file != NULL)
        fclose(file);
}

/* Whether what was fetched is there to be read; if not that has been said. */
static bool is_kept(struct auditing *auditing, FILE *file)
{
    if (file != NULL && fflush(file) != 0) {
        findings_add(&auditing->audit->findings, FINDING_ERROR, FINDING_MACHINE,
                     "a temporary file: %s", error_text(-errno));
        return false;
    }
    return file != NULL;
}

static void add_contents(struct auditing *auditing, enum finding_level level,
                         enum finding_kind kind, const char *file, uint64_t line, int r)
{
    struct findings *findings = &auditing->audit->findings;
    char url[MIRROR_URL_OCTETS];

    mirror_file_url(&auditing->mirror, file, url);
    if (error_is_errno(r))
        findings_add(findings, FINDING_ERROR, FINDING_MACHINE, "%s: %s", url, error_text(r));
    else if (line > 0)
        findings_add(findings, level, kind, "%s:%" PRIu64 ": %s", url, line, error_text(r));
    else
        findings_add(findings, level, kind, "%s: inflated: %s", url, error_text(r));
}

static void check_text(struct auditing *auditing, const struct served_file *file)
{
    enum audit_private private = auditing->request->private;
    struct findings *findings = &auditing->audit->findings;
    const char *url = auditing->mirror.url;
    bool special;
    uint64_t line;
    int r = contents_check_text(fileno(file->keep), &auditing->offer.manifest,
                                private != AUDIT_PRIVATE_NO, &special, &line);

    auditing->audit->inflated = true;
    if (r < 0)
        add_contents(auditing, FINDING_ERROR, FINDING_TEXT, file->file, line, r);
    else if (special && private == AUDIT_PRIVATE_UNKNOWN)
        findings_add(findings, FINDING_NOTE, FINDING_PRIVATE,
                     "%s%s: holds what is for one network: clients need `private = yes' or `some'",
                     url, file->file);
}

static void check_snapshot(struct auditing *auditing, bool into)
{
    const struct manifest *manifest = &auditing->offer.manifest;
    char name[FILE_OCTETS];
    struct served_file file = {.file = name,
                               .octets = manifest->snapshot_octets,
                               .sha256 = manifest->snapshot_sha256,
                               .level = FINDING_ERROR,
                               .keep = into ? make_room(auditing) : NULL};

    snprintf(name, sizeof name, "%" PRIu32 "/snapshot.gz", manifest->serial);
    if (served_file_check(auditing, &file)) {
        if (is_kept(auditing, file.keep))
            check_text(auditing, &file);
        served_file_check_range(auditing, &file);
    }
    drop(file.keep);
}

/* Where a delta leads, by the snapshot that it starts from. `keep`: its octets. */
static void check_lead(struct auditing *auditing, const struct ancestry *ancestry,
                       const struct manifest_delta *delta, const char *delta_name, FILE *keep)
{
    const struct ancestor *base = ancestry_find(ancestry, delta->base);
    struct findings *findings = &auditing->audit->findings;
    struct served_file file = {.level = FINDING_NOTE};
    char name[FILE_OCTETS];
    uint64_t line;
    int r;

    if (base == NULL ||
        !fits(base->text_octets, base->snapshot_octets, into_max(auditing->request))) {
        findings_add(findings, FINDING_NOTE, FINDING_DELTA,
                     "%s%s: where it leads is not known: serial %" PRIu32 " %s",
                     auditing->mirror.url, delta_name, delta->base,
                     base == NULL ? "is not among the manifests before" : "is too large");
        return;
    }
    snprintf(name, sizeof name, "%" PRIu32 "/snapshot.gz", base->serial);
    file.file = name;
    file.octets = base->snapshot_octets;
    file.sha256 = base->snapshot_sha256;
    file.keep = make_room(auditing);
    if (file.keep != NULL && served_file_check(auditing, &file) && is_kept(auditing, file.keep)) {
        r = contents_check_delta(fileno(keep), fileno(file.keep), base->text_octets,
                                 &auditing->offer.manifest,
                                 auditing->request->private != AUDIT_PRIVATE_NO, &line);
        if (r < 0)
            add_contents(auditing, FINDING_WARNING, FINDING_DELTA, delta_name, line, r);
    }
    drop(file.keep);
}

/* Clients that a delta fails take the snapshot. */
static void check_delta(struct auditing *auditing, const struct ancestry *ancestry,
                        const struct manifest_delta *delta, bool into)
{
    const struct manifest *manifest = &auditing->offer.manifest;
    char name[FILE_OCTETS];
    struct served_file file = {
        .file = name, .octets = delta->octets, .sha256 = delta->sha256, .level = FINDING_WARNING};

    snprintf(name, sizeof name, "%" PRIu32 "/delta-%" PRIu32 ".gz", manifest->serial, delta->base);
    if (delta->octets >= manifest->snapshot_octets) {
        findings_add(&auditing->audit->findings, FINDING_NOTE, FINDING_DELTA,
                     "%s%s: is no smaller than the snapshot: nobody fetches it",
                     auditing->mirror.url, name);
        return;
    }
    if (into)
        file.keep = make_room(auditing);
    if (served_file_check(auditing, &file) && is_kept(auditing, file.keep))
        check_lead(auditing, ancestry, delta, name, file.keep);
    drop(file.keep);
}

static void run(struct auditing *auditing)
{
    struct audit *audit = auditing->audit;
    const struct manifest *manifest = &auditing->offer.manifest;
    struct ancestry ancestry;
    bool into;

    if (!families_reach(auditing))
        return;
    audit->serial = auditing->mirror.serial;
    if (!read_offer(auditing))
        return;
    audit->described = true;
    audit->manifest = *manifest;
    crypto_hash_sha256(audit->manifest_sha256, (const unsigned char *)auditing->offer.text,
                       auditing->offer.text_len);
    judge_manifest(auditing);
    if (!is_bounded(auditing))
        return;
    ancestry_read(auditing, &ancestry);
    into = fits(manifest->text_octets, manifest->snapshot_octets, into_max(auditing->request));
    if (!into)
        findings_add(&audit->findings, FINDING_NOTE, FINDING_TEXT,
                     "%s%" PRIu32 "/snapshot.gz: by its hash alone: what is in it, and where "
                     "deltas lead, takes --deep",
                     auditing->mirror.url, manifest->serial);
    check_snapshot(auditing, into);
    for (unsigned i = 0; i < manifest->deltas; i++)
        check_delta(auditing, &ancestry, &manifest->delta[i], into);
}

void audit_run(const struct audit_request *request, struct audit *audit)
{
    struct auditing auditing = {
        .request = request,
        .audit = audit,
        .mirror = {.url = request->url, .deadline = fetch_clock() + request->timeout * 1000}};

    *audit = (struct audit){.url = request->url};
    run(&auditing);
    fetcher_close(auditing.mirror.fetcher);
}

void audit_compare(struct audit *const *audits, unsigned count)
{
    const struct audit *newest = NULL;

    for (unsigned i = 0; i < count; i++)
        if (audits[i]->described && (newest == NULL || audits[i]->serial > newest->serial))
            newest = audits[i];
    for (unsigned i = 0; i < count; i++) {
        struct audit *audit = audits[i];

        if (!audit->described || audit == newest)
            continue;
        if (audit->serial < newest->serial)
            findings_add(&audit->findings, FINDING_WARNING, FINDING_BEHIND,
                         "%sHEAD: serial %" PRIu32 ", and %s has %" PRIu32, audit->url,
                         audit->serial, newest->url, newest->serial);
        else if (memcmp(audit->manifest_sha256, newest->manifest_sha256, SHA256_OCTETS) != 0)
            findings_add(&audit->findings, FINDING_ERROR, FINDING_DIFFERS,
                         "%s%" PRIu32 "/manifest: %s has another one", audit->url, audit->serial,
                         newest->url);
    }
}
