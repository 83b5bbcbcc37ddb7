#include "publish/seen.h"
#include "publish/name_findings.h"
#include "publish/records_place.h"
#include "publish/seen_line.h"
#include "publish/state_file.h"
#include "registry/address.h"
#include "registry/name.h"
#include <string.h>

static const struct state_kind kind = {SEEN_FILE, "gitdns seen 1 ", "nothing is held", false};

static int fail(const struct state_folder *folder, int code, struct problem *problem)
{
    return state_file_fail(folder, &kind, code, problem);
}

/* Returns 1 and the next name's line, 0 after the last. */
static int next(struct state_reader *reader, struct seen_line *parsed)
{
    struct input_line line;
    int r = state_reader_next(reader, &line);

    return r > 0 && seen_line_parse(line.text, line.len, parsed) < 0 ? state_reader_damaged(reader)
                                                                     : r;
}

static int add(struct state_writer *writer, const struct seen_line *line)
{
    char text[SEEN_LINE_MAX];

    return state_writer_add(writer, text, seen_line_format(line, text));
}

/* Loading. */

/* What another network's DNS says of the name says nothing of such an address. With --private all
 * is of the network that is asked. */
static bool is_of_one_network(enum admission admission, const struct seen_address *seen)
{
    return admission == ADMIT_PRIVATE && address_check_public(seen->address, seen->octets) < 0;
}

/* `passed`: serials since the file's. */
static int hold_line(struct records *records, uint32_t id, const struct seen_line *line,
                     unsigned passed, const struct seen_rule *rule, uint64_t *refused)
{
    enum admission own = records_admission(records, id);
    enum admission admission = own > rule->usual ? own : rule->usual;
    uint8_t findings = records_mark(records, id);
    bool held = false;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < line->count; i++) {
        const struct seen_address *seen = &line->address[i];
        unsigned last = seen->last + passed;

        if (last > rule->hold || !(findings_may_hold(findings, seen->octets == 4 ? A : AAAA) ||
                                   is_of_one_network(admission, seen)))
            continue;
        if (admit_address(admission, seen->address, seen->octets) < 0) {
            ++*refused;
            continue;
        }
        r = records_hold(records, id, seen->address, seen->octets, last, seen->first + passed);
        held = true;
    }
    if (r == 0 && held && line->cname_len > 0 && findings_whole(findings) != FINDING_FOUND &&
        admit_name(admission, line->cname, line->cname_len) == 0)
        r = records_alias(records, id, line->cname, line->cname_len);
    return r;
}

int seen_load(const struct state_folder *folder, const struct seen_rule *rule,
              struct records *records, struct seen_counts *counts, struct problem *problem)
{
    struct state_reader reader;
    struct seen_line line;
    int r = state_reader_open(&reader, folder, &kind, problem);

    *counts = (struct seen_counts){0};
    if (r < 0 || reader.number == 0 || reader.number > rule->serial)
        goto out;
    while ((r = next(&reader, &line)) > 0) {
        uint32_t id = records_find(records, line.name, line.name_len);
        bool had = id != 0 && records_has_address(records, id);

        r = id != 0 ? hold_line(records, id, &line, rule->serial - reader.number, rule,
                                &counts->refused)
                    : 0;
        if (r < 0) {
            fail(folder, r, problem);
            break;
        }
        counts->held += id != 0 && !had && records_has_address(records, id);
    }
out:
    state_reader_close(&reader);
    return r;
}

/* Saving. */

static void add_family(struct seen_line *line, const unsigned char *addresses, unsigned count,
                       uint8_t octets, const struct records_age *age, unsigned early)
{
    for (unsigned i = 0; i < count; i++) {
        struct seen_address *seen = &line->address[line->count];

        if (age[i].last == SEEN_NEVER)
            continue;
        line->count++;
        seen->octets = octets;
        seen->last = (uint8_t)(age[i].last > early ? age[i].last - early : 0);
        seen->first = (uint8_t)(age[i].first > early ? age[i].first - early : 0);
        memcpy(seen->address, addresses + (size_t)i * octets, octets);
    }
}

int seen_save(const struct state_folder *folder, const struct records *records, uint32_t serial,
              uint32_t published, struct problem *problem)
{
    struct records_walk walk = {.next = 0};
    struct record record;
    struct state_writer writer;
    unsigned early = serial - published;
    int r = state_writer_open(&writer, folder, &kind, published);

    while (r == 0 && records_next(records, &walk, &record) > 0) {
        struct seen_line line = {.name = record.name,
                                 .cname = record.cname,
                                 .name_len = record.name_len,
                                 .cname_len = record.cname_len};

        add_family(&line, record.ipv4, record.n4, 4, walk.age[0], early);
        add_family(&line, record.ipv6, record.n6, 16, walk.age[1], early);
        r = line.count > 0 ? add(&writer, &line) : 0;
    }
    r = state_writer_close(&writer, r);
    return r < 0 ? fail(folder, r, problem) : 0;
}

/* Forgetting. */

/* What is left of the line if the `undone` serials before the file's never were. */
static void forget_in(struct seen_line *line, uint32_t undone)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < line->count; i++) {
        struct seen_address seen = line->address[i];

        if (seen.first < undone)
            continue;
        seen.first = (uint8_t)(seen.first - undone);
        seen.last = (uint8_t)(seen.last > undone ? seen.last - undone : 0);
        line->address[kept++] = seen;
    }
    line->count = kept;
}

int seen_forget(const struct state_folder *folder, uint32_t serial, uint32_t again,
                struct problem *problem)
{
    struct state_reader reader;
    struct state_writer writer;
    struct seen_line line;
    int r = state_reader_open(&reader, folder, &kind, problem);

    if (r < 0 || reader.number <= serial)
        goto out;
    r = state_writer_open(&writer, folder, &kind, again);
    if (r < 0)
        fail(folder, r, problem);
    while (r == 0 && (r = next(&reader, &line)) > 0) {
        forget_in(&line, reader.number - serial);
        r = line.count > 0 ? add(&writer, &line) : 0;
        if (r < 0)
            fail(folder, r, problem);
    }
    if (r == 0) {
        r = state_writer_close(&writer, 0);
        if (r < 0)
            fail(folder, r, problem);
    } else {
        state_writer_close(&writer, r);
    }
out:
    state_reader_close(&reader);
    return r;
}
