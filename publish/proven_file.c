#include "publish/proven_file.h"
#include "publish/name_findings.h"
#include "publish/proven.h"
#include "publish/proven_line.h"
#include "publish/state_file.h"
#include "registry/address.h"
#include "registry/text.h"
#include <string.h>

#define HOUR 3600

_Static_assert(PROVEN_LINE_MAX <= TEXT_LINE_MAX, "payload_add takes it");

static const struct state_kind kind = {PROVEN_FILE, "gitdns proven 1 ",
                                       "all is proven anew, and what proof alone held goes", true};

static uint16_t later(uint16_t hours, uint32_t passed)
{
    if (hours == HOURS_NEVER)
        return HOURS_NEVER;
    return passed < HOURS_MAX - (uint32_t)hours ? (uint16_t)(hours + passed) : HOURS_MAX;
}

/* What DNS denies is not there. But a name of which it gives no address at all may be one that it
 * should not deny ([answer] denied of gitdns.conf): what was proven is tried again. */
static bool may_stay(const struct pair *pair, uint8_t findings)
{
    return findings_may_hold(findings, pair->octets == 4 ? A : AAAA) ||
           (findings_whole(findings) != FINDING_FOUND && pair->proven != HOURS_NEVER &&
            pair->known <= PROVEN_DENIED);
}

static int add_line(const struct proven_line *line, const struct records *records, uint32_t id,
                    enum admission usual, uint32_t passed, struct pairs *pairs)
{
    enum admission own = records_admission(records, id);
    enum admission admission = own > usual ? own : usual;
    uint8_t findings = records_mark(records, id);
    int r = 0;

    for (size_t i = 0; i < line->count && r == 0; i++) {
        struct pair pair = line->pair[i];

        pair.id = id;
        pair.proven = later(pair.proven, passed);
        pair.tried = later(pair.tried, passed);
        pair.known = later(pair.known, passed);
        if (admit_address(admission, pair.address, pair.octets) == 0 && may_stay(&pair, findings))
            r = pairs_add(pairs, &pair);
    }
    return r;
}

int proven_file_load(const struct state_folder *folder, const struct records *records,
                     enum admission usual, proven_wanted *wanted, const void *user, int64_t now,
                     struct pairs *pairs, struct problem *problem)
{
    struct state_reader reader;
    struct proven_line parsed;
    struct input_line line;
    uint32_t hour = (uint32_t)(now / HOUR), passed;
    int r = state_reader_open(&reader, folder, &kind, problem);

    /* A clock that was set back makes nothing younger. */
    passed = hour > reader.number ? hour - reader.number : 0;
    while (r == 0 && reader.number > 0 && (r = state_reader_next(&reader, &line)) > 0) {
        uint32_t id;

        if (proven_line_parse(line.text, line.len, &parsed) < 0) {
            r = state_reader_damaged(&reader);
            break;
        }
        id = records_find(records, parsed.name, parsed.name_len);
        r = id != 0 && wanted(user, id) ? add_line(&parsed, records, id, usual, passed, pairs) : 0;
        if (r < 0)
            state_file_fail(folder, &kind, r, problem);
    }
    state_reader_close(&reader);
    return r;
}

static int save_name(struct state_writer *writer, const struct records *records,
                     const struct pair *pairs, size_t count)
{
    struct proven_line line = {.count = 0};
    char text[PROVEN_LINE_MAX];

    line.name = records_name_of(records, pairs->id, &line.name_len);
    for (unsigned place = 0; place <= PLACE_NONE; place++)
        for (size_t i = 0; i < count && line.count < PROVEN_PAIRS_MAX; i++)
            if (pairs[i].place == place && proven_is_kept(&pairs[i]))
                line.pair[line.count++] = pairs[i];
    return line.count > 0 ? state_writer_add(writer, text, proven_line_format(&line, text)) : 0;
}

int proven_file_save(const struct state_folder *folder, const struct records *records, int64_t now,
                     const struct pairs *pairs, struct problem *problem)
{
    struct state_writer writer;
    int r = state_writer_open(&writer, folder, &kind, (uint32_t)(now / HOUR));

    for (size_t i = 0, n; i < pairs->count && r == 0; i += n) {
        n = pairs_of_name(pairs, i);
        r = save_name(&writer, records, &pairs->pair[i], n);
    }
    r = state_writer_close(&writer, r);
    return r < 0 ? state_file_fail(folder, &kind, r, problem) : 0;
}
