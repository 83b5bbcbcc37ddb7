#include "publish/seen.h"
#include "base/error.h"
#include "publish/input.h"
#include "publish/name_findings.h"
#include "publish/payload.h"
#include "publish/seen_line.h"
#include "registry/address.h"
#include "registry/manifest.h"
#include "registry/name.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NEW_FILE SEEN_FILE ".new"
#define HEAD_LINE_MAX 64

static int fail(const struct state_folder *folder, int code, struct problem *problem)
{
    return problem_set(problem, code, "%s/" SEEN_FILE ": %s", folder->path, error_text(code));
}

/* Reading: a file, line by line. */
struct reader {
    const struct state_folder *folder;
    struct input *input;
    struct problem *problem;
    uint64_t line;
    uint64_t names;
    uint32_t serial; /* the file's; 0: there is no file */
};

static int damaged(const struct reader *reader)
{
    return problem_set(reader->problem, E_SEEN_DAMAGED,
                       "%s/" SEEN_FILE ":%" PRIu64 ": damaged; without the file nothing is held",
                       reader->folder->path, reader->line);
}

/* Why no whole line has come. */
static int lacking(const struct reader *reader, int r)
{
    return r == E_STOPPED || error_is_errno(r) ? fail(reader->folder, r, reader->problem)
                                               : damaged(reader);
}

static void reader_close(struct reader *reader)
{
    input_close(reader->input);
    reader->input = NULL;
}

/* Opens the file and reads its first line. */
static int reader_open(struct reader *reader, const struct state_folder *folder,
                       struct problem *problem)
{
    static const char first[] = "gitdns seen 1 ";
    const size_t n = sizeof first - 1;
    struct input_line line;
    int fd, r;

    *reader = (struct reader){.folder = folder, .problem = problem, .line = 1};
    fd = owned_open_file(folder->directory, SEEN_FILE, O_RDONLY);
    if (fd == -ENOENT)
        return 0;
    r = fd < 0 ? fd : input_open_gzip(&reader->input, fd);
    if (r == 0)
        r = input_next(reader->input, &line);
    if (r < 0 && r != E_GZIP_BROKEN && r != E_GZIP_SHORT)
        return fail(folder, r, problem);
    if (r > 0 && line.len > n && memcmp(line.text, first, n) == 0)
        reader->serial = serial_parse(line.text + n, line.len - n);
    return reader->serial > 0 ? 0 : damaged(reader);
}

/* Returns 1 and the next name's line, 0 after the last. */
static int reader_next(struct reader *reader, struct seen_line *parsed)
{
    struct input_line line;
    char end[HEAD_LINE_MAX];
    int r = input_next(reader->input, &line), len;

    reader->line++;
    if (r <= 0 || line.cut)
        return lacking(reader, r);
    if (line.len > 4 && memcmp(line.text, "end ", 4) == 0) {
        len = snprintf(end, sizeof end, "end %" PRIu64, reader->names);
        if ((size_t)len != line.len || memcmp(end, line.text, line.len) != 0)
            return damaged(reader);
        r = input_next(reader->input, &line);
        return r == 0 ? 0 : lacking(reader, r);
    }
    reader->names++;
    return seen_line_parse(line.text, line.len, parsed) < 0 ? damaged(reader) : 1;
}

/* Writing: a new file beside the old one. */
struct writer {
    const struct state_folder *folder;
    struct payload *payload;
    int fd;
    uint64_t names;
};

static int writer_open(struct writer *writer, const struct state_folder *folder, uint32_t serial)
{
    char line[HEAD_LINE_MAX];
    int len = snprintf(line, sizeof line, "gitdns seen 1 %" PRIu32 "\n", serial), r;

    *writer = (struct writer){.folder = folder};
    unlinkat(folder->directory, NEW_FILE, 0);
    writer->fd = openat(folder->directory, NEW_FILE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (writer->fd < 0)
        return -errno;
    r = payload_open(&writer->payload, writer->fd);
    return r < 0 ? r : payload_add(writer->payload, line, (size_t)len);
}

static int writer_add(struct writer *writer, const struct seen_line *line)
{
    char text[SEEN_LINE_MAX];

    writer->names++;
    return payload_add(writer->payload, text, seen_line_format(line, text));
}

/* Gives the file its name if `r` is 0, else removes it. */
static int writer_close(struct writer *writer, int r)
{
    struct payload_sums sums;
    char line[HEAD_LINE_MAX];
    int len = snprintf(line, sizeof line, "end %" PRIu64 "\n", writer->names);
    int directory = writer->folder->directory;

    if (r == 0)
        r = payload_add(writer->payload, line, (size_t)len);
    if (r == 0)
        r = payload_finish(writer->payload, &sums);
    payload_close(writer->payload);
    if (writer->fd >= 0)
        close(writer->fd);
    if (r == 0 && (renameat(directory, NEW_FILE, directory, SEEN_FILE) < 0 || fsync(directory) < 0))
        r = -errno;
    if (r < 0)
        unlinkat(directory, NEW_FILE, 0);
    return r;
}

/* Loading. */

/* `passed`: serials since the file's. */
static int hold_line(struct records *records, uint32_t id, const struct seen_line *line,
                     unsigned passed, const struct seen_rule *rule, uint64_t *refused)
{
    uint8_t findings = records_mark(records, id);
    bool held = false;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < line->count; i++) {
        const struct seen_address *seen = &line->address[i];
        unsigned last = seen->last + passed;

        if (last > rule->hold || !findings_may_hold(findings, seen->octets == 4 ? A : AAAA))
            continue;
        if (!rule->private && address_check_public(seen->address, seen->octets) < 0) {
            ++*refused;
            continue;
        }
        r = records_hold(records, id, seen->address, seen->octets, last, seen->first + passed);
        held = true;
    }
    if (r == 0 && held && line->cname_len > 0 && findings_whole(findings) != FINDING_FOUND &&
        (rule->private || name_check_public(line->cname, line->cname_len) == 0))
        r = records_alias(records, id, line->cname, line->cname_len);
    return r;
}

int seen_load(const struct state_folder *folder, const struct seen_rule *rule,
              struct records *records, struct seen_counts *counts, struct problem *problem)
{
    struct reader reader;
    struct seen_line line;
    int r = reader_open(&reader, folder, problem);

    *counts = (struct seen_counts){0};
    if (r < 0 || reader.serial == 0 || reader.serial > rule->serial)
        goto out;
    while ((r = reader_next(&reader, &line)) > 0) {
        uint32_t id = records_find(records, line.name, line.name_len);
        bool had = id != 0 && records_has_address(records, id);

        r = id != 0 ? hold_line(records, id, &line, rule->serial - reader.serial, rule,
                                &counts->refused)
                    : 0;
        if (r < 0) {
            fail(folder, r, problem);
            break;
        }
        counts->held += id != 0 && !had && records_has_address(records, id);
    }
out:
    reader_close(&reader);
    return r;
}

/* Saving. */

static void add_family(struct seen_line *line, const unsigned char *addresses, unsigned count,
                       uint8_t octets, const struct records_age *age, unsigned early)
{
    for (unsigned i = 0; i < count; i++) {
        struct seen_address *seen = &line->address[line->count++];

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
    struct writer writer;
    unsigned early = serial - published;
    int r = writer_open(&writer, folder, published);

    while (r == 0 && records_next(records, &walk, &record) > 0) {
        struct seen_line line = {.name = record.name,
                                 .cname = record.cname,
                                 .name_len = record.name_len,
                                 .cname_len = record.cname_len};

        add_family(&line, record.ipv4, record.n4, 4, walk.age[0], early);
        add_family(&line, record.ipv6, record.n6, 16, walk.age[1], early);
        r = writer_add(&writer, &line);
    }
    r = writer_close(&writer, r);
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
    struct reader reader;
    struct writer writer;
    struct seen_line line;
    int r = reader_open(&reader, folder, problem);

    if (r < 0 || reader.serial <= serial)
        goto out;
    r = writer_open(&writer, folder, again);
    if (r < 0)
        fail(folder, r, problem);
    while (r == 0 && (r = reader_next(&reader, &line)) > 0) {
        forget_in(&line, reader.serial - serial);
        r = line.count > 0 ? writer_add(&writer, &line) : 0;
        if (r < 0)
            fail(folder, r, problem);
    }
    if (r == 0) {
        r = writer_close(&writer, 0);
        if (r < 0)
            fail(folder, r, problem);
    } else {
        writer_close(&writer, r);
    }
out:
    reader_close(&reader);
    return r;
}
