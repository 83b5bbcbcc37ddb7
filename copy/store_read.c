#include "copy/store_read.h"
#include "base/error.h"
#include "base/stamp.h"
#include "copy/store_index.h"
#include "copy/store_open.h"
#include "registry/name.h"
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* In front of all: position and slots of 256 hash tables, 4 octets each. */
#define CDB_HEADER_OCTETS 2048

/* So many slots of a hash table, of which half are free, are looked at. */
#define PICK_REACH 64

/* Of a value for each label of a name, in a store of some thousand keys at most. */
#define VALUE_SLOTS_MAX 1024

/* How far a walk goes before it gives pages back; a multiple of every page size. */
#define WALK_STRIDE (4u << 20)

static int read_deadline(struct store *store)
{
    unsigned char octets[STORE_DEADLINE_OCTETS];
    uint64_t deadline = 0;

    if (store_meta(store, STORE_KEY_DEADLINE, octets, sizeof octets) != STORE_DEADLINE_OCTETS)
        return E_STORE_DAMAGED;
    for (size_t i = 0; i < sizeof octets; i++)
        deadline = deadline << 8 | octets[i];
    if (deadline > INT64_MAX)
        return E_STORE_DAMAGED;
    store->deadline = (int64_t)deadline;
    return 0;
}

/* The last hash table ends a store: where it does not, the file was cut. */
static bool is_whole(const struct cdb *cdb)
{
    const unsigned char *last = cdb->cdb_mem + CDB_HEADER_OCTETS - 8;

    return cdb_unpack(last) + (uint64_t)cdb_unpack(last + 4) * 8 == cdb->cdb_fsize;
}

static void *map_nothing(void *address, size_t octets)
{
    return mmap(address, octets, PROT_NONE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (address != NULL ? MAP_FIXED : 0), -1,
                0);
}

void store_range_free(struct store_range *range)
{
    void *start = atomic_load(&range->start);

    if (start == NULL)
        return;
    map_nothing(start, range->octets);
    atomic_store(&range->start, NULL);
    munmap(start, range->octets);
}

/* Without a range, wherever there is room. */
static void *map_file(int fd, size_t size, struct store_range *range)
{
    void *start, *octets;

    if (range == NULL)
        return mmap(NULL, size, PROT_NONE, MAP_SHARED, fd, 0);
    start = map_nothing(NULL, size);
    if (start == MAP_FAILED)
        return MAP_FAILED;
    range->octets = size;
    atomic_store(&range->start, start);
    octets = mmap(start, size, PROT_NONE, MAP_SHARED | MAP_FIXED, fd, 0);
    if (octets == MAP_FAILED) {
        int error = errno;

        store_range_free(range);
        errno = error;
    }
    return octets;
}

static void unmap(struct store *store, struct store_range *range)
{
    if (range != NULL)
        store_range_free(range);
    else
        store_unmap(store);
}

/* As cdb_init, but in two steps. A process that has called mlockall(MCL_FUTURE), as real-time
 * daemons do, would read in the whole of what it maps to read at once, and keep it. */
static int map_cdb(struct cdb *cdb, int fd, size_t size, struct store_range *range)
{
    void *octets;

    if (size < CDB_HEADER_OCTETS)
        return E_STORE_DAMAGED;
    octets = map_file(fd, size, range);
    if (octets == MAP_FAILED)
        return -errno;
    *cdb = (struct cdb){.cdb_fd = fd, .cdb_fsize = (unsigned)size, .cdb_mem = octets};
    if (mprotect(octets, size, PROT_READ) < 0)
        return -errno;
    cdb->cdb_dend = cdb_unpack(cdb->cdb_mem);
    if (cdb->cdb_dend < CDB_HEADER_OCTETS)
        cdb->cdb_dend = CDB_HEADER_OCTETS;
    else if (cdb->cdb_dend >= cdb->cdb_fsize)
        cdb->cdb_dend = cdb->cdb_fsize;
    return 0;
}

static int map(struct store *store, int fd, struct store_range *range)
{
    int saved = errno, r;
    struct stat st;

    store->cdb.cdb_mem = NULL;
    if (fstat(fd, &st) < 0)
        r = -errno;
    else if (!S_ISREG(st.st_mode) || st.st_size > UINT32_MAX)
        r = E_STORE_DAMAGED;
    /* No object of C is larger, and on 32 bits little would be left for the process itself. */
    else if ((uint64_t)st.st_size > PTRDIFF_MAX)
        r = E_STORE_LARGE;
    else
        r = map_cdb(&store->cdb, fd, (size_t)st.st_size, range);
    if (r == 0) {
        store->stamp = file_stamp(&st);
        r = is_whole(&store->cdb) ? read_deadline(store) : E_STORE_DAMAGED;
    }
    if (r < 0 && store->cdb.cdb_mem != NULL)
        unmap(store, range);
    errno = saved;
    return r;
}

int store_map(struct store *store, int fd)
{
    return map(store, fd, NULL);
}

void store_unmap(struct store *store)
{
    cdb_free(&store->cdb);
}

int store_open_in(struct store_range *range, struct store *store, int directory, const char *path)
{
    int fd = store_open_file(directory, path), r;

    if (fd < 0)
        return fd;
    r = map(store, fd, range);
    syscall(SYS_close, fd);
    return r;
}

int store_open(struct store *store, const char *path)
{
    return store_open_in(NULL, store, AT_FDCWD, path);
}

/* Returns 1 and the value if the record there has the key, 0 or E_STORE_DAMAGED. */
static int read_value(const struct cdb *cdb, unsigned position, const void *key, unsigned key_len,
                      const unsigned char **value, size_t *len)
{
    const unsigned char *head = cdb_get(cdb, 8, position), *found;
    unsigned octets;

    if (head == NULL)
        return E_STORE_DAMAGED;
    if (cdb_unpack(head) != key_len)
        return 0;
    found = cdb_get(cdb, key_len, position + 8);
    if (found == NULL)
        return E_STORE_DAMAGED;
    if (memcmp(found, key, key_len) != 0)
        return 0;
    octets = cdb_unpack(head + 4);
    *value = cdb_get(cdb, octets, position + 8 + key_len);
    *len = octets;
    return *value != NULL ? 1 : E_STORE_DAMAGED;
}

/* Not cdb_find, which goes on for as long as no slot is free: through `max` slots. */
static int find(const struct store *store, const void *key, size_t key_len, unsigned max,
                const unsigned char **value, size_t *len)
{
    const struct cdb *cdb = &store->cdb;
    unsigned hash = cdb_hash(key, (unsigned)key_len), table = hash % 256;
    unsigned slots = count_slots(cdb, table), records = 0;
    int r = 0;

    for (unsigned i = 0; r == 0 && i < slots; i++) {
        const unsigned char *slot = slot_at(cdb, table, (hash / 256 + i) % slots);
        unsigned position = slot != NULL ? cdb_unpack(slot + 4) : 0;

        if (slot == NULL || i == max)
            return E_STORE_DAMAGED;
        if (position == 0)
            return 0;
        if (cdb_unpack(slot) != hash)
            continue;
        if (records++ == FIND_RECORDS_MAX)
            return E_STORE_DAMAGED;
        r = read_value(cdb, position, key, (unsigned)key_len, value, len);
    }
    return r;
}

/* Behind it no compiler may read once more where the octets were. */
static void copy_out(void *out, const void *octets, size_t len)
{
    memcpy(out, octets, len);
    atomic_signal_fence(memory_order_seq_cst);
}

static int decode(const struct store *store, const unsigned char *value, size_t len,
                  struct record_copy *copy, struct record *record)
{
    int r;

    if (len > sizeof copy->value)
        return E_STORE_DAMAGED;
    copy_out(copy->value, value, len);
    copy->at = (size_t)(value - store->cdb.cdb_mem);
    r = record_decode(copy->value, len, record);
    return r < 0 ? r : 1;
}

int store_find(const struct store *store, const char *name, size_t len, struct record_copy *copy,
               struct record *record)
{
    const unsigned char *value;
    size_t value_len;
    int r;

    if (len == 0 || len > NAME_MAX_OCTETS || (unsigned char)name[0] <= STORE_KEY_DEADLINE)
        return 0;
    r = find(store, name, len, FIND_SLOTS_MAX, &value, &value_len);
    if (r <= 0)
        return r;
    record->name = name;
    record->name_len = (unsigned)len;
    return decode(store, value, value_len, copy, record);
}

/* Returns how many octets they are, 0 if there are none, or E_STORE_DAMAGED. */
static int copy_value(const struct store *store, const char *key, size_t key_len, unsigned slots,
                      void *out, size_t max)
{
    const unsigned char *value;
    size_t len;
    int r = find(store, key, key_len, slots, &value, &len);

    if (r != 1)
        return r;
    if (len > max)
        return E_STORE_DAMAGED;
    copy_out(out, value, len);
    return (int)len;
}

int store_value(const struct store *store, const char *key, size_t key_len, void *out, size_t max)
{
    return copy_value(store, key, key_len, VALUE_SLOTS_MAX, out, max);
}

int store_meta(const struct store *store, char key, void *out, size_t max)
{
    int r = copy_value(store, &key, 1, FIND_SLOTS_MAX, out, max);

    return r == 0 ? E_STORE_DAMAGED : r;
}

int store_pick(const struct store *store, uint32_t random, struct record_copy *copy,
               struct record *record)
{
    struct cdb cdb = store->cdb;

    for (unsigned i = 0; i < 256; i++) {
        unsigned table = (random + i) % 256;
        unsigned slots = count_slots(&cdb, table);

        for (unsigned k = 0; k < slots && k < PICK_REACH; k++) {
            const unsigned char *slot = slot_at(&cdb, table, (random / 256 + k) % slots);
            unsigned position = slot != NULL ? cdb_unpack(slot + 4) : 0;

            if (slot == NULL)
                return E_STORE_DAMAGED;
            if (position != 0 && store_next(store, &position, copy, record) == 1)
                return 1;
        }
    }
    return 0;
}

/* Pages that the walk has left count as this process's memory until they are given back. */
static void give_back(const struct store *store, unsigned from, unsigned to)
{
    unsigned start = from / WALK_STRIDE * WALK_STRIDE, end = to / WALK_STRIDE * WALK_STRIDE;

    if (end > start)
        madvise((char *)store->cdb.cdb_mem + start, end - start, MADV_DONTNEED);
}

int store_next(const struct store *store, unsigned *position, struct record_copy *copy,
               struct record *record)
{
    struct cdb cdb = store->cdb;
    unsigned from = *position, key_len, len;
    const unsigned char *key, *value;
    int r;

    if (*position == 0)
        cdb_seqinit(position, &cdb);
    do {
        unsigned before = *position;

        r = cdb_seqnext(position, &cdb);
        if (r <= 0)
            return r < 0 ? E_STORE_DAMAGED : 0;
        key_len = cdb_keylen(&cdb);
        len = cdb_datalen(&cdb);
        key = cdb_getkey(&cdb);
        value = cdb_getdata(&cdb);
        /* Lengths that wrap around would lead the walk back. */
        if (*position <= before || key == NULL || value == NULL || key_len == 0)
            return E_STORE_DAMAGED;
    } while (key_len == 1 && key[0] <= STORE_KEY_DEADLINE);
    if (key_len > sizeof copy->name)
        return E_STORE_DAMAGED;
    copy_out(copy->name, key, key_len);
    if (name_check(copy->name, key_len) < 0)
        return E_STORE_DAMAGED;
    give_back(store, from, *position);
    record->name = copy->name;
    record->name_len = key_len;
    return decode(store, value, len, copy, record);
}
