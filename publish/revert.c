#include "publish/revert.h"
#include "base/error.h"
#include "publish/compare.h"
#include "publish/stop.h"
#include "registry/gunzip.h"
#include "registry/text.h"
#include <inttypes.h>
#include <unistd.h>

static bool is_kept(const struct serial_chain *chain, uint32_t serial)
{
    for (unsigned i = 0; i < chain->count; i++)
        if (chain->serial[i] == serial)
            return true;
    return false;
}

static int admit(enum admission admission, const struct record *record)
{
    int r = admit_name(admission, record->name, record->name_len);

    if (r == 0 && record->cname != NULL)
        r = admit_name(admission, record->cname, record->cname_len);
    for (unsigned i = 0; i < record->n4 && r == 0; i++)
        r = admit_address(admission, record->ipv4 + 4UL * i, 4);
    for (unsigned i = 0; i < record->n6 && r == 0; i++)
        r = admit_address(admission, record->ipv6 + 16UL * i, 16);
    return r;
}

static int add_record(struct records *records, enum admission usual, const struct record *record)
{
    uint32_t id = records_find(records, record->name, record->name_len);
    int r = admit(id != 0 ? records_admission(records, id) : usual, record);

    for (unsigned i = 0; i < record->n4 && r == 0; i++)
        r = records_add(records, record->name, record->name_len, record->ipv4 + 4UL * i, 4);
    for (unsigned i = 0; i < record->n6 && r == 0; i++)
        r = records_add(records, record->name, record->name_len, record->ipv6 + 16UL * i, 16);
    if (r < 0 || record->cname == NULL)
        return r;
    return records_alias(records, records_find(records, record->name, record->name_len),
                         record->cname, record->cname_len);
}

/* What its sum was taken of may be another by now: whoever owned the file before, and has it open,
 * writes to it still. So what is read counts. */
static int add_snapshot(int fd, const struct manifest *manifest, enum admission usual,
                        struct records *records)
{
    struct text_reader reader = {.private = true};
    struct gunzip *gunzip = NULL;
    struct record record;
    const char *line;
    uint64_t names = 0;
    size_t len;
    int r = gunzip_open(&gunzip, fd, manifest->text_octets, true);

    while (r == 0 && (r = gunzip_line(gunzip, &line, &len)) > 0) {
        r = stop_requested() ? E_STOPPED : text_parse(&reader, line, len, &record);
        if (r == 0)
            r = add_record(records, usual, &record);
        names++;
    }
    if (r == 0)
        r = compare_sums(gunzip, manifest, names);
    gunzip_close(gunzip);
    return r;
}

int revert_read(const struct tree *tree, const struct serial_chain *chain, uint32_t serial,
                enum admission usual, struct records *records, struct problem *problem)
{
    struct published published;
    int fd, r;

    if (!is_kept(chain, serial))
        return problem_set(problem, E_REVERT_SERIAL,
                           "%s: serial %" PRIu32 " is not one whose snapshot is kept", tree->path,
                           serial);
    r = published_read(tree, serial, &published, problem);
    if (r < 0)
        return r;
    fd = published_snapshot(tree, &published, problem);
    if (fd < 0)
        return fd;
    r = add_snapshot(fd, &published.manifest, usual, records);
    close(fd);
    if (r == 0)
        r = records_sort(records);
    if (r < 0)
        return problem_set(problem, r, "%s/%" PRIu32 "/snapshot.gz: %s%s", tree->path, serial,
                           error_text(r),
                           r == E_NAME_SPECIAL || r == E_ADDRESS_REFUSED ? "; see --private" : "");
    return 0;
}
