#include "publish/journal.h"
#include "base/base.h"
#include "publish/owned.h"
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define REFUSED_FILE JOURNAL_FILE ".refused"
#define MAGIC "gitdns journal 1\n"
#define MAGIC_OCTETS (sizeof MAGIC - 1)
/* Magic, key, the time of the beginning. */
#define HEADER_OCTETS (MAGIC_OCTETS + SHA256_OCTETS + 8)
/* Sample, name; for each family: whether it was asked for, finding, refused, count, addresses,
 * canonical name. */
#define FAMILY_MAX (6 + ANSWER_ADDRESSES_MAX * ADDRESS_MAX_OCTETS + NAME_MAX_OCTETS)
#define BODY_MAX (2 + NAME_MAX_OCTETS + FAMILIES * FAMILY_MAX)
#define LENGTH_OCTETS 2
#define SUM_OCTETS 4

struct journal {
    FILE *file;
    off_t good; /* where the entries that have been read end */
    unsigned char body[BODY_MAX];
    char name[NAME_MAX_OCTETS + 1];
    struct answer answer[FAMILIES];
};

static void put16(unsigned char *out, size_t number)
{
    uint16_t big = htobe16((uint16_t)number);

    memcpy(out, &big, sizeof big);
}

static void put32(unsigned char *out, uint32_t number)
{
    uint32_t big = htobe32(number);

    memcpy(out, &big, sizeof big);
}

static uint32_t sum_of(const unsigned char *body, size_t len)
{
    return (uint32_t)crc32(crc32(0, NULL, 0), body, (unsigned)len);
}

/* Whether it is the journal of this run; then *began is set. */
static bool is_ours(FILE *file, const unsigned char *key, int64_t now, int64_t stale, int64_t old,
                    int64_t *began)
{
    unsigned char header[HEADER_OCTETS];
    struct stat st;
    uint64_t time;

    if (fread(header, sizeof header, 1, file) != 1 || fstat(fileno(file), &st) < 0 ||
        memcmp(header, MAGIC, MAGIC_OCTETS) != 0 ||
        memcmp(header + MAGIC_OCTETS, key, SHA256_OCTETS) != 0 || st.st_mtime < stale)
        return false;
    memcpy(&time, header + MAGIC_OCTETS + SHA256_OCTETS, sizeof time);
    *began = (int64_t)be64toh(time);
    return *began >= old && *began <= now;
}

static int begin(FILE *file, const unsigned char *key, int64_t now, int64_t *began)
{
    unsigned char header[HEADER_OCTETS];
    uint64_t time = htobe64((uint64_t)now);

    memcpy(header, MAGIC, MAGIC_OCTETS);
    memcpy(header + MAGIC_OCTETS, key, SHA256_OCTETS);
    memcpy(header + MAGIC_OCTETS + SHA256_OCTETS, &time, sizeof time);
    *began = now;
    rewind(file);
    if (ftruncate(fileno(file), 0) < 0 || fwrite(header, sizeof header, 1, file) != 1 ||
        fflush(file) != 0 || fseeko(file, (off_t)sizeof header, SEEK_SET) < 0)
        return -errno;
    return 0;
}

int journal_open(struct journal **journal, int directory, const unsigned char key[SHA256_OCTETS],
                 int64_t now, int64_t stale, int64_t old, int64_t *began)
{
    struct journal *j = calloc(1, sizeof *j);
    int fd, r = 0;

    if (j == NULL)
        return -ENOMEM;
    fd = owned_open_file(directory, JOURNAL_FILE, O_RDWR | O_CREAT);
    j->file = fd < 0 ? NULL : fdopen(fd, "r+");
    if (fd < 0) {
        r = fd;
    } else if (j->file == NULL) {
        r = -errno;
        close(fd);
    } else if (!is_ours(j->file, key, now, stale, old, began)) {
        r = begin(j->file, key, now, began);
    }
    if (r < 0) {
        journal_close(j);
        return r;
    }
    j->good = HEADER_OCTETS;
    *journal = j;
    return 0;
}

/* What of the body has not been taken yet. */
struct rest {
    const unsigned char *at;
    size_t len;
};

static bool take(struct rest *rest, void *out, size_t len)
{
    if (rest->len < len)
        return false;
    memcpy(out, rest->at, len);
    rest->at += len;
    rest->len -= len;
    return true;
}

/* False if the octets are no such answer. */
static bool take_answer(struct rest *rest, unsigned family, struct answer *answer, bool *asked)
{
    unsigned char fields[5];

    if (!take(rest, fields, 1))
        return false;
    *asked = fields[0] != 0;
    if (!*asked)
        return true;
    if (!take(rest, fields, sizeof fields) || fields[0] > FINDING_FOUND ||
        fields[2] > ANSWER_ADDRESSES_MAX || fields[3] > NAME_MAX_OCTETS)
        return false;
    *answer = (struct answer){.finding = fields[0],
                              .refused = fields[1],
                              .count = fields[2],
                              .cname_len = fields[3],
                              .silent = fields[4] != 0,
                              .octets = (uint8_t)family_octets(family)};
    for (unsigned i = 0; i < answer->count; i++)
        if (!take(rest, answer->address[i], answer->octets))
            return false;
    return take(rest, answer->cname, answer->cname_len);
}

static bool take_body(struct journal *j, size_t len, struct journal_entry *entry)
{
    struct rest rest = {j->body, len};
    unsigned char fields[2];
    bool asked;

    if (!take(&rest, fields, sizeof fields) || fields[1] > NAME_MAX_OCTETS ||
        !take(&rest, j->name, fields[1]))
        return false;
    *entry = (struct journal_entry){.sample = fields[0], .name = j->name, .len = fields[1]};
    for (unsigned family = 0; family < FAMILIES; family++) {
        if (!take_answer(&rest, family, &j->answer[family], &asked))
            return false;
        if (asked)
            entry->answer[family] = &j->answer[family];
    }
    return rest.len == 0;
}

int journal_next(struct journal *j, struct journal_entry *entry)
{
    unsigned char length[LENGTH_OCTETS], sum[SUM_OCTETS], right[SUM_OCTETS];
    size_t len = 0;

    errno = EIO;
    if (fread(length, sizeof length, 1, j->file) == 1)
        len = (size_t)length[0] << 8 | length[1];
    if (len > 0 && len <= BODY_MAX && fread(j->body, len, 1, j->file) == 1 &&
        fread(sum, sizeof sum, 1, j->file) == 1) {
        put32(right, sum_of(j->body, len));
        if (memcmp(sum, right, sizeof sum) == 0 && take_body(j, len, entry)) {
            j->good += (off_t)(LENGTH_OCTETS + len + SUM_OCTETS);
            return 1;
        }
    }
    if (ferror(j->file))
        return -errno;
    if (fseeko(j->file, j->good, SEEK_SET) < 0 || ftruncate(fileno(j->file), j->good) < 0)
        return -errno;
    return 0;
}

static unsigned char *put_answer(unsigned char *out, const struct answer *answer)
{
    *out++ = answer != NULL;
    if (answer == NULL)
        return out;
    *out++ = (unsigned char)answer->finding;
    *out++ = answer->refused;
    *out++ = answer->count;
    *out++ = answer->cname_len;
    *out++ = answer->silent;
    for (unsigned i = 0; i < answer->count; i++) {
        memcpy(out, answer->address[i], answer->octets);
        out += answer->octets;
    }
    memcpy(out, answer->cname, answer->cname_len);
    return out + answer->cname_len;
}

int journal_add(struct journal *j, const struct journal_entry *entry)
{
    unsigned char octets[LENGTH_OCTETS + BODY_MAX + SUM_OCTETS];
    unsigned char *body = octets + LENGTH_OCTETS, *out = body;
    size_t len;

    *out++ = (unsigned char)entry->sample;
    *out++ = (unsigned char)entry->len;
    memcpy(out, entry->name, entry->len);
    out += entry->len;
    for (unsigned family = 0; family < FAMILIES; family++)
        out = put_answer(out, entry->answer[family]);
    len = (size_t)(out - body);
    put16(octets, len);
    put32(out, sum_of(body, len));
    errno = EIO;
    return fwrite(octets, LENGTH_OCTETS + len + SUM_OCTETS, 1, j->file) == 1 ? 0 : -errno;
}

int journal_flush(struct journal *j)
{
    return fflush(j->file) == 0 ? 0 : -errno;
}

void journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    if (j->file != NULL)
        fclose(j->file);
    free(j);
}

void journal_remove(int directory)
{
    unlinkat(directory, JOURNAL_FILE, 0);
}

void journal_refuse(int directory)
{
    renameat(directory, JOURNAL_FILE, directory, REFUSED_FILE);
}

void journal_readmit(int directory, bool force)
{
    if (force)
        renameat(directory, REFUSED_FILE, directory, JOURNAL_FILE);
    else
        unlinkat(directory, REFUSED_FILE, 0);
}
