/* Mutations that leave most of a store whole, so that look-ups get as far as the decoder and the
 * answer: other octets in one record, another record, another pointer or length. */
#include "copy/copy.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_store.h"
#include "tests/unit/scratch.h"
#include <cdb.h>
#include <sys/mman.h>

#define HEAD sizeof(struct store_head)
#define TABLE 2048 /* the table of tables, in front of the records */
#define RECORDS_MAX 64
#define KEY_MAX 4096
#define NAME_OF_64 "0123456789-abcdefghijklmnopqrstuvwxyz_0123456789abcdefghijklmno."

static const char *const texts[] = {
    "a 10.0.0.1\n"
    "a.com 8.8.8.8\n"
    "six.a.com 2606:4700::1 2606:4700::2\n"
    "www.a.com 8.8.8.8 9.9.9.9 2606:4700::1 cname=a.com\n",
    NAME_OF_64 NAME_OF_64 NAME_OF_64 "abcdefghijklmnopqrstuvwxyz.012345678901234567890123456789.com"
                                     " 8.8.8.8 2606:4700::1\n",
    "b.net 1.0.0.1 1.0.0.2 1.0.0.3 1.0.0.4 1.0.0.5 1.0.0.6 1.0.0.7 1.0.0.8 2606:4700::1 "
    "2606:4700::2 2606:4700::3 2606:4700::4 2606:4700::5 2606:4700::6 2606:4700::7 2606:4700::8\n"
    "c.net 1.0.0.1 cname=b.net\n",
};
enum { TEXTS = sizeof texts / sizeof *texts };

static struct {
    char *octets;
    size_t size;
} whole[TEXTS];

void mutator_open(void)
{
    struct scratch scratch;

    scratch_open(&scratch);
    for (int i = 0; i < TEXTS; i++) {
        scratch_store(&scratch, texts[i], 4000000000);
        whole[i].octets = scratch_read(&scratch, STORE_FILE, &whole[i].size);
    }
    scratch_close(&scratch);
}

struct slice {
    unsigned at, len;
};

/* The keys and values of a store's records, as far as they are whole. */
static unsigned walk(const uint8_t *store, size_t size, struct slice *keys, struct slice *values)
{
    unsigned count = 0, at = TABLE;

    while (count < RECORDS_MAX && at + 8 <= size && (at < cdb_unpack(store) || count == 0)) {
        unsigned key = cdb_unpack(store + at), value = cdb_unpack(store + at + 4);

        at += 8;
        if (key > size - at || value > size - at - key)
            break;
        keys[count] = (struct slice){at, key};
        values[count++] = (struct slice){at + key, value};
        at += key + value;
    }
    return count;
}

/* A record's value as it should be, of any size. */
static size_t random_value(unsigned seed, uint8_t *value)
{
    static const unsigned char addresses[ADDRESSES_MAX * 16] = {8, 8, 8, 8, 0x26, 6, 0x47, 0};
    static const char *const names[] = {NULL, "x", "b.net", "an-alias.example.net"};
    unsigned total = 1 + seed % (seed % 3 == 0 ? ADDRESSES_MAX : 9), n4 = seed / 64 % (total + 1);
    struct record record = {.ipv4 = addresses,
                            .n4 = n4,
                            .ipv6 = addresses,
                            .n6 = total - n4,
                            .cname = names[seed / 4096 % 4]};

    record.cname_len = record.cname != NULL ? (unsigned)strlen(record.cname) : 0;
    return record_encode(&record, value);
}

/* Another key: a little different, or longer than any name. */
static size_t random_key(unsigned seed, uint8_t *key, size_t len, size_t max)
{
    if (seed % 4 > 0)
        return LLVMFuzzerMutate(key, len, max);
    memset(key, 'x', max);
    return seed / 4 % max;
}

/* The store again, with another value or key for one of its records. */
static size_t rebuild(uint8_t *store, size_t size, size_t max, unsigned seed)
{
    struct slice keys[RECORDS_MAX], values[RECORDS_MAX];
    unsigned count = walk(store, size, keys, values);
    unsigned changed = count > 0 ? seed / 16 % count : 0;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    struct cdb_make make;
    struct stat st;
    size_t made = 0;

    cdb_make_start(&make, fd);
    for (unsigned i = 0; i < count; i++) {
        uint8_t key[KEY_MAX], value[RECORD_VALUE_MAX + 64];
        size_t key_len = keys[i].len < sizeof key ? keys[i].len : sizeof key;
        size_t len = values[i].len < sizeof value ? values[i].len : sizeof value;

        memcpy(key, store + keys[i].at, key_len);
        memcpy(value, store + values[i].at, len);
        if (i == changed && seed % 8 == 0)
            key_len = random_key(seed / 256, key, key_len, sizeof key);
        else if (i == changed && seed % 2 > 0)
            len = random_value(seed / 256, value);
        else if (i == changed)
            len = LLVMFuzzerMutate(value, len, sizeof value);
        cdb_make_add(&make, key, (unsigned)key_len, value, (unsigned)len);
    }
    cdb_make_finish(&make);
    if (fstat(fd, &st) == 0 && (size_t)st.st_size <= max &&
        pread(fd, store, (size_t)st.st_size, 0) == st.st_size)
        made = (size_t)st.st_size;
    close(fd);
    return made > 0 ? made : size;
}

static void change_value(uint8_t *store, size_t size, unsigned seed)
{
    struct slice keys[RECORDS_MAX], values[RECORDS_MAX];
    unsigned count = walk(store, size, keys, values);
    struct slice value = {0, 0};
    uint8_t copy[RECORD_VALUE_MAX];

    if (count > 0)
        value = values[seed % count];
    if (value.len == 0 || value.len > sizeof copy)
        return;
    memcpy(copy, store + value.at, value.len);
    LLVMFuzzerMutate(copy, value.len, value.len);
    memcpy(store + value.at, copy, value.len);
}

/* Four octets become a number near a border. */
static void change_number(uint8_t *store, size_t size, unsigned at, unsigned seed)
{
    unsigned end = cdb_unpack(store), all = (unsigned)size, before = cdb_unpack(store + at);
    unsigned number[] = {0,          1,          8,          2047,        2048,     0x7fffffff,
                         end,        end - 1,    end - 8,    end - 7,     end + 8,  0xfffffff8,
                         all - 8,    all - 7,    UINT_MAX,   all,         at,       0u - at,
                         before + 1, before - 1, before * 2, 0u - before, end - at, end - at - 8};

    cdb_pack(number[seed % (sizeof number / sizeof *number)], store + at);
}

/* Both lengths of a record. */
static void change_lengths(uint8_t *store, size_t size, unsigned seed)
{
    struct slice keys[RECORDS_MAX], values[RECORDS_MAX];
    unsigned count = walk(store, size, keys, values), at;

    if (count == 0)
        return;
    at = keys[seed % count].at - 8;
    change_number(store, size, at, seed / 64);
    change_number(store, size, at + 4, seed / 4096);
}

static size_t change(uint8_t *store, size_t size, size_t max, unsigned seed)
{
    switch (seed % 8) {
    case 0:
        return LLVMFuzzerMutate(store, size, max);
    case 1:
        if (seed / 8 % 2 == 0)
            change_number(store, size, seed / 16 % ((unsigned)size - 3), seed / 65536);
        else
            change_lengths(store, size, seed / 16);
        return size;
    case 2:
    case 3:
        change_value(store, size, seed / 8);
        return size;
    case 4:
        return seed / 8 % 4 == 0 ? seed / 32 % size : size;
    default:
        return rebuild(store, size, max, seed / 8);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    uint8_t head[HEAD];
    unsigned which = seed / 16 % TEXTS;

    if (max < HEAD + whole[which].size)
        return LLVMFuzzerMutate(data, size, max);
    if (size < HEAD + TABLE || seed % 64 == 0) {
        if (size < HEAD)
            memset(data, 0, HEAD);
        memcpy(data + HEAD, whole[which].octets, whole[which].size);
        size = HEAD + whole[which].size;
    }
    if (seed % 4 == 0) {
        memcpy(head, data, HEAD);
        LLVMFuzzerMutate(head, HEAD, HEAD);
        memcpy(data, head, HEAD);
        return size;
    }
    return HEAD + change(data + HEAD, size - HEAD, max - HEAD, seed / 4);
}
