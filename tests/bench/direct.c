/* direct [-2] [-b BLOCKS] [-r ROUNDS] [-o bare|module] MODULE STORE < NAMES
 *
 * The module's gethostbyname4_r (-2: gethostbyname2_r with AF_INET), called directly, against a
 * bare cdb_find of the same keys in the same file. Prints `bare NS module NS`, a line a round.
 *
 * Where the next key lies follows from the octets of the last answer, so that the processor cannot
 * overlap the cache misses of two look-ups, and a wrong answer leads nowhere. The keys themselves
 * lie in the order of use: fetching them is not what is measured. The two take turns by blocks,
 * each half a round away from the other, so that neither finds what the other has just fetched. */
#include "registry/registry.h"
#include <cdb.h>
#include <dlfcn.h>
#include <err.h>
#include <fcntl.h>
#include <netdb.h>
#include <nss.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef enum nss_status by_name4(const char *, struct gaih_addrtuple **, char *, size_t, int *,
                                 int *, int32_t *);
typedef enum nss_status by_name2(const char *, int, struct hostent *, char *, size_t, int *, int *);

struct key {
    uint32_t link; /* the next key's place ^ the first four octets of this one's answer */
    uint32_t len;
    char name[];
};

struct bench {
    struct cdb cdb;
    by_name4 *four;
    by_name2 *two;
    char *keys;
    size_t octets, room;
    size_t count;
    size_t blocks;
    uint32_t *start; /* of each block, and of what would follow the last */
};

typedef void run(struct bench *bench, size_t block);

static uint32_t load32(const void *p)
{
    uint32_t value;

    memcpy(&value, p, sizeof value);
    return value;
}

static const struct key *key_at(const struct bench *bench, size_t place)
{
    return (const struct key *)(const void *)(bench->keys + place);
}

static void arrive(const struct bench *bench, size_t block, uint32_t place)
{
    if (place != bench->start[block + 1])
        errx(1, "an answer was wrong");
}

static void run_bare(struct bench *bench, size_t block)
{
    uint32_t at = bench->start[block];

    for (size_t i = bench->count / bench->blocks; i > 0; i--) {
        const struct key *key = key_at(bench, at);

        if (cdb_find(&bench->cdb, key->name, key->len) != 1)
            errx(1, "%s: lost", key->name);
        at = key->link ^ load32((const char *)cdb_getdata(&bench->cdb) + 2);
    }
    arrive(bench, block, at);
}

static void run_four(struct bench *bench, size_t block)
{
    uint32_t at = bench->start[block];
    char buffer[4096];

    for (size_t i = bench->count / bench->blocks; i > 0; i--) {
        const struct key *key = key_at(bench, at);
        struct gaih_addrtuple *tuple = NULL;
        int error, h_error = TRY_AGAIN;
        int32_t ttl;

        if (bench->four(key->name, &tuple, buffer, sizeof buffer, &error, &h_error, &ttl) !=
            NSS_STATUS_SUCCESS)
            errx(1, "%s: no answer", key->name);
        at = key->link ^ tuple->addr[0];
    }
    arrive(bench, block, at);
}

static void run_two(struct bench *bench, size_t block)
{
    uint32_t at = bench->start[block];
    char buffer[4096];

    for (size_t i = bench->count / bench->blocks; i > 0; i--) {
        const struct key *key = key_at(bench, at);
        int error, h_error = TRY_AGAIN;
        struct hostent host;

        if (bench->two(key->name, AF_INET, &host, buffer, sizeof buffer, &error, &h_error) !=
            NSS_STATUS_SUCCESS)
            errx(1, "%s: no answer", key->name);
        at = key->link ^ load32(host.h_addr_list[0]);
    }
    arrive(bench, block, at);
}

static double nanoseconds(run *function, struct bench *bench, size_t block)
{
    struct timespec start, end;

    clock_gettime(CLOCK_MONOTONIC, &start);
    function(bench, block);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec);
}

/* The octets under the name, or NULL if the store has none of that family. */
static const unsigned char *answer(struct bench *bench, const char *name, size_t len, bool ipv4)
{
    const unsigned char *value;

    if (cdb_find(&bench->cdb, name, (unsigned)len) != 1)
        errx(1, "%s: not in the store", name);
    value = cdb_getdata(&bench->cdb);
    return value[0] > 0 || !ipv4 ? value : NULL;
}

static void add_key(struct bench *bench, const char *name, size_t len, uint32_t first)
{
    size_t octets = (sizeof(struct key) + len + 1 + 3) / 4 * 4;
    struct key *key;

    if (bench->octets + octets > bench->room) {
        bench->room = 2 * bench->room + 4096;
        bench->keys = realloc(bench->keys, bench->room);
        if (bench->keys == NULL)
            err(1, "realloc");
    }
    key = (struct key *)(void *)(bench->keys + bench->octets);
    bench->octets += octets;
    *key = (struct key){.link = (uint32_t)bench->octets ^ first, .len = (uint32_t)len};
    memcpy(key->name, name, len + 1);
    bench->count++;
}

static void read_keys(struct bench *bench, bool ipv4)
{
    char line[NAME_MAX_OCTETS + 3];

    while (fgets(line, sizeof line, stdin) != NULL) {
        size_t len = strcspn(line, "\n");
        const unsigned char *value;

        line[len] = '\0';
        value = answer(bench, line, len, ipv4);
        if (value != NULL)
            add_key(bench, line, len, load32(value + 2));
    }
    if (bench->count < bench->blocks)
        errx(1, "fewer names than blocks");
}

static void mark_blocks(struct bench *bench)
{
    size_t each = bench->count / bench->blocks, place = 0;

    bench->start = calloc(bench->blocks + 1, sizeof *bench->start);
    if (bench->start == NULL)
        err(1, "calloc");
    for (size_t i = 0; i < each * bench->blocks; i++) {
        const struct key *key = key_at(bench, place);

        if (i % each == 0)
            bench->start[i / each] = (uint32_t)place;
        place += (sizeof *key + key->len + 1 + 3) / 4 * 4;
    }
    bench->start[bench->blocks] = (uint32_t)place;
}

static void open_both(struct bench *bench, const char *module, const char *store)
{
    int fd = open(store, O_RDONLY | O_CLOEXEC);
    void *object = dlopen(module, RTLD_NOW | RTLD_LOCAL);

    if (fd < 0 || cdb_init(&bench->cdb, fd) < 0)
        err(1, "%s", store);
    if (object == NULL)
        errx(1, "%s", dlerror());
    *(void **)&bench->four = dlsym(object, "_nss_gitdns_gethostbyname4_r");
    *(void **)&bench->two = dlsym(object, "_nss_gitdns_gethostbyname2_r");
    if (bench->four == NULL || bench->two == NULL)
        errx(1, "%s", dlerror());
}

static void one_round(struct bench *bench, run *bare, run *module)
{
    size_t blocks = bench->blocks, looked_up = bench->count / blocks * blocks;
    double spent_bare = 0, spent_module = 0;

    for (size_t i = 0; i < blocks; i++) {
        if (bare != NULL)
            spent_bare += nanoseconds(bare, bench, i);
        if (module != NULL)
            spent_module += nanoseconds(module, bench, (i + blocks / 2) % blocks);
    }
    printf("bare %.2f module %.2f\n", spent_bare / (double)looked_up,
           spent_module / (double)looked_up);
}

int main(int argc, char **argv)
{
    struct bench bench = {.blocks = 16};
    run *bare = run_bare, *module = run_four;
    int rounds = 5, option;
    bool ipv4 = false;
    const char *only = "";

    while ((option = getopt(argc, argv, "2b:r:o:")) != -1) {
        if (option == '2')
            ipv4 = true;
        else if (option == 'b')
            bench.blocks = (size_t)atoi(optarg);
        else if (option == 'r')
            rounds = atoi(optarg);
        else if (option == 'o')
            only = optarg;
        else
            return 2;
    }
    if (argc - optind != 2 || bench.blocks == 0)
        return 2;
    if (ipv4)
        module = run_two;
    open_both(&bench, argv[optind], argv[optind + 1]);
    read_keys(&bench, ipv4);
    mark_blocks(&bench);
    if (strcmp(only, "module") == 0)
        bare = NULL;
    else if (strcmp(only, "bare") == 0)
        module = NULL;
    for (int i = 0; i < rounds; i++)
        one_round(&bench, bare, module);
    return ferror(stdout) || fflush(stdout) != 0;
}
