#include "publish/summary.h"
#include <inttypes.h>
#include <stdio.h>

static const char *const kinds[SKIP_KINDS] = {
    [SKIP_MALFORMED] = "malformed",
    [SKIP_SPECIAL] = "special-use names",
    [SKIP_ADDRESS] = "addresses that are not globally reachable",
    [SKIP_LITERAL] = "addresses in a name's place",
    [SKIP_TOO_MANY] = "addresses beyond a name's 64th",
};

void summary_skip(const struct skip *skip)
{
    printf("%s:", skip->source);
    if (skip->line > 0)
        printf("%" PRIu64 ":", skip->line);
    printf(" %s%s%s; skipped\n", skip->word, skip->word[0] != '\0' ? ": " : "", skip->why);
}

static void show_conversions(const struct skips *skips)
{
    for (uint64_t i = 0; i < skips->conversions && i < SKIPS_SHOWN; i++)
        printf("%s:%" PRIu64 ": %s: taken as %s\n", skips->converted[i].source,
               skips->converted[i].line, skips->converted[i].word, skips->converted[i].name);
    if (skips->conversions > SKIPS_SHOWN)
        printf("took %" PRIu64 " names in UTF-8 as their A-labels\n", skips->conversions);
}

void summary_skips(const struct skips *skips)
{
    uint64_t all = 0;
    const char *separator = "";

    for (int kind = 0; kind < SKIP_KINDS; kind++) {
        all += skips->count[kind];
        for (uint64_t i = 0; skips->each == NULL && i < skips->count[kind] && i < SKIPS_SHOWN; i++)
            summary_skip(&skips->shown[kind][i]);
    }
    show_conversions(skips);
    if (all == 0)
        return;
    printf("skipped %" PRIu64 " entries", all);
    for (int kind = 0; kind < SKIP_KINDS; kind++) {
        if (skips->count[kind] == 0)
            continue;
        printf("%s %" PRIu64 " %s", separator[0] == '\0' ? ":" : separator, skips->count[kind],
               kinds[kind]);
        separator = ",";
    }
    putchar('\n');
}

void summary_silent(const struct resolvers *silent)
{
    for (unsigned i = 0; i < silent->count; i++)
        printf("resolver %s: does not answer; left out\n", silent->server[i].text);
}

void summary_restored(const struct restored *restored, const char *url)
{
    if (restored->newest == 0)
        return;
    printf("restored serials %" PRIu32 " to %" PRIu32 " from %s\n", restored->oldest,
           restored->newest, url);
    if (restored->rest.text[0] != '\0')
        printf("  not those before: %s\n", restored->rest.text);
}

static void print_asked(const struct resolve_counts *counts)
{
    printf("  asked for %" PRIu64 " names: %" PRIu64 " found, %" PRIu64 " do not exist, %" PRIu64
           " have no address, %" PRIu64 " failed\n",
           counts->asked, counts->found, counts->nxdomain, counts->nodata, counts->failed);
}

static void print_proof(const struct prove_counts *counts)
{
    static const char *const families[] = {"IPv4", "IPv6"};

    printf("  proof: %" PRIu64 " names proven, %" PRIu64 " open, %" PRIu64 " without; %" PRIu64
           " handshakes\n",
           counts->proven, counts->open, counts->without, counts->handshakes);
    if (counts->unproven > 0)
        printf("  %" PRIu64 " names are left out, since they are to be proven and are not\n",
               counts->unproven);
    if (counts->stay > 0)
        printf("  %" PRIu64 " addresses stand since they are proven, and DNS does not give them\n",
               counts->stay);
    if (counts->denied > 0)
        printf("  %" PRIu64 " names stand since they are proven, and DNS denies them\n",
               counts->denied);
    for (unsigned family = 0; family < DOUBTS_FAMILIES; family++)
        if (counts->lost[family])
            printf("  proof failed for %" PRIu64 " of %" PRIu64
                   " %s addresses that were proven before: nothing is held against them\n",
                   counts->before[family].failed, counts->before[family].tried, families[family]);
    if (counts->impossible.text[0] != '\0')
        printf("  %s; nothing was proven\n", counts->impossible.text);
}

static void print_numbers(const struct publish_outcome *outcome)
{
    const struct manifest *manifest = &outcome->manifest;
    const struct difference *difference = &outcome->difference;

    printf("  %" PRIu64 " names, %" PRIu64 " IPv4 and %" PRIu64 " IPv6 addresses\n",
           manifest->names, outcome->ipv4, outcome->ipv6);
    if (outcome->before > 0 && !outcome->unchanged)
        printf("  since serial %" PRIu32 ": %" PRIu64 " names added, %" PRIu64 " removed, %" PRIu64
               " with other addresses\n",
               outcome->before, difference->added, difference->removed, difference->changed);
    printf("  text %" PRIu64 " octets, snapshot.gz %" PRIu64 " octets\n", manifest->text_octets,
           manifest->snapshot_octets);
}

void summary_result(const struct publish_options *options, const struct publish_outcome *outcome)
{
    const struct manifest *manifest = &outcome->manifest;
    char expires[TIMESTAMP_OCTETS], renew[TIMESTAMP_OCTETS];

    timestamp_format(manifest->expires, expires);
    timestamp_format(outcome->renew, renew);
    if (outcome->forced.text[0] != '\0')
        printf("forced: %s\n", outcome->forced.text);
    if (outcome->failed.text[0] != '\0')
        printf("forced: %s\n", outcome->failed.text);
    if (outcome->clock.text[0] != '\0')
        printf("forced: %s\n", outcome->clock.text);
    if (outcome->rest > 0)
        printf("%s/%" PRIu32 ": left by a run that did not finish; left alone\n", options->to,
               outcome->rest);
    if (outcome->adopted)
        printf("%s/HEAD: did not name serial %" PRIu32 ", which is whole\n", options->to,
               outcome->before);
    if (outcome->unchanged)
        printf("%s: unchanged, serial %" PRIu32 " stands in %s; due again from %s\n",
               manifest->name, manifest->serial, options->to, renew);
    else
        printf("%s: published serial %" PRIu32 " in %s\n", manifest->name, manifest->serial,
               options->to);
    print_numbers(outcome);
    if (options->lists.count > 0 && options->revert == 0)
        print_asked(&outcome->counts);
    if (prove_is_wanted(&options->prove))
        print_proof(&outcome->prove);
    if (outcome->seen.held > 0)
        printf("  %" PRIu64 " names stand with what was seen earlier\n", outcome->seen.held);
    if (outcome->seen.refused > 0)
        printf("  %" PRIu64 " addresses that were seen earlier go: not globally reachable, and "
               "this is without --private\n",
               outcome->seen.refused);
    printf("  expires %s\n", expires);
}
