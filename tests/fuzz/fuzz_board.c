/* A board of arbitrary octets, and then another in its place, behind the gate, against a slow
 * reading of the same octets.
 *
 * An input is a name, a newline and edits of a board that is whole and on which nothing is out; so
 * that leases can be near the clock and hashes right. Numbers in edits are octets less '0':
 *
 *   e LEASE                      everything is out until so many seconds from now
 *   p LABELS PLACE LEASE         the domain above the name with so many labels (0: the name itself)
 *                                is out; its entry stands so many places behind the hash's own
 *   t LABELS PLACE LEASE WORD X  the same, with X added to one word of the entry
 *   n COUNT                      the number of names in the header
 *   h WORD X                     X added to a word of the header
 *   w AT AT XXXX                 other octets at any word
 *   s SIZE                       the file's size: see SIZES
 *   r                            made for no resolv.conf
 *   | (once)                     what follows is about the second board
 */
#include "base/stamp.h"
#include "copy/store_read.h"
#include "nss_gitdns/board_map.h"
#include "registry/name.h"
#include "registry/registry.h"
#include "tests/fuzz/fuzz.h"
#include <endian.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WORDS (BOARD_OCTETS / sizeof(uint32_t))
#define SIZE_MAX_OCTETS (2 * BOARD_OCTETS)
#define NAME_OCTETS 400

/* Of the file: the second is a whole board's. */
static const size_t sizes[] = {0,
                               BOARD_OCTETS,
                               BOARD_OCTETS - 1,
                               BOARD_OCTETS + 1,
                               BOARD_WORDS * sizeof(uint32_t),
                               BOARD_OCTETS - 4096,
                               SIZE_MAX_OCTETS,
                               1};
#define SIZES (sizeof sizes / sizeof *sizes)

struct board {
    uint32_t words[SIZE_MAX_OCTETS / sizeof(uint32_t)];
    size_t size;
};

struct input {
    const uint8_t *at, *end;
};

static char folder[] = "/dev/shm/gitdns-fuzz.XXXXXX", board_path[64], new_path[64], conf_path[64];
static uint32_t boot[BOARD_BOOT_WORDS];
static uint64_t stamp;

static uint32_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return (uint32_t)time.tv_sec;
}

static void write_file(const char *path, const void *octets, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    require(fd >= 0 && write(fd, octets, size) == (ssize_t)size && close(fd) == 0, "file");
}

static void clean_up(void)
{
    unlink(board_path);
    unlink(new_path);
    unlink(conf_path);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct stat st;

    (void)argc, (void)argv;
    if (access("/dev/shm", W_OK) < 0)
        memcpy(folder, "/var/tmp", 8);
    require(mkdtemp(folder) != NULL, "folder");
    snprintf(board_path, sizeof board_path, "%s/outage", folder);
    snprintf(new_path, sizeof new_path, "%s/new", folder);
    snprintf(conf_path, sizeof conf_path, "%s/resolv.conf", folder);
    atexit(clean_up);
    write_file(conf_path, "", 0);
    require(stat(conf_path, &st) == 0 && board_boot(boot) == 0, "boot");
    stamp = file_stamp(&st);
    return 0;
}

static int take(struct input *input)
{
    return input->at < input->end ? *input->at++ - '0' : 0;
}

static void make(struct board *board)
{
    memset(board, 0, sizeof *board);
    board->words[BOARD_WORD_MAGIC] = BOARD_MAGIC;
    board->words[BOARD_WORD_FORMAT] = BOARD_FORMAT;
    memcpy(board->words + BOARD_WORD_BOOT, boot, sizeof boot);
    board->words[BOARD_WORD_STAMP] = (uint32_t)stamp;
    board->words[BOARD_WORD_STAMP + 1] = (uint32_t)(stamp >> 32);
    for (unsigned i = 0; i < 4; i++)
        board->words[BOARD_WORD_KEY + i] = 0x01010101 * i;
    board->words[BOARD_WORD_NAMES] = 1;
    board->size = BOARD_OCTETS;
}

/* The reference: words as the file has them, and libsodium's hash. */
static uint64_t hash_of(const struct board *board, const char *name, size_t len)
{
    unsigned char octets[crypto_shorthash_BYTES], key[crypto_shorthash_KEYBYTES];
    uint64_t hash;

    for (unsigned i = 0; i < 4; i++) {
        uint32_t word = htole32(board->words[BOARD_WORD_KEY + i]);
        memcpy(key + 4 * i, &word, sizeof word);
    }
    crypto_shorthash(octets, (const unsigned char *)name, len, key);
    memcpy(&hash, octets, sizeof hash);
    return le64toh(hash);
}

static uint32_t check_of(uint64_t hash)
{
    return (uint32_t)((hash * 11400714819323198485U) >> 32) ^ 0x67646e62;
}

static bool runs(uint32_t until, uint32_t at)
{
    for (uint32_t ahead = 0; ahead <= 30; ahead++)
        if (until == at + ahead)
            return until != 0;
    return false;
}

static bool slow_entry(const struct board *board, const char *name, uint32_t at)
{
    uint64_t hash = hash_of(board, name, strlen(name));

    for (size_t i = 0; i < 16; i++) {
        const uint32_t *entry = board->words + 64 + (hash + i) % 8192 * 4;

        if (entry[0] == (hash & 0xffffffff) && entry[1] == hash >> 32 &&
            entry[3] == check_of(hash) && runs(entry[2], at))
            return true;
    }
    return false;
}

static unsigned labels_of(const char *name)
{
    unsigned labels = 1;

    for (; *name != '\0'; name++)
        labels += *name == '.';
    return labels;
}

/* The name; or, with a dot in front, the domain of so many labels that it lies in, or that it is if
 * it has no more. */
static const char *above(const char *name, unsigned labels, char text[NAME_MAX_OCTETS + 2])
{
    while (labels > 0 && labels_of(name) > labels)
        name = strchr(name, '.') + 1;
    snprintf(text, NAME_MAX_OCTETS + 2, "%s%s", labels > 0 ? "." : "", name);
    return text;
}

static bool slow_name(const struct board *board, const char *name, uint32_t at)
{
    char text[NAME_MAX_OCTETS + 2];

    for (unsigned labels = 0; labels <= 8; labels++)
        if (slow_entry(board, above(name, labels, text), at))
            return true;
    return false;
}

static bool is_board(const struct board *board)
{
    return board->size == 131328 && board->words[0] == 0x67646e62 && board->words[1] == 1 &&
           memcmp(board->words + 2, boot, 16) == 0;
}

static bool slow_open(const struct board *board, const char *text, uint32_t at)
{
    uint64_t made_for = board->words[6] | (uint64_t)board->words[7] << 32;
    char name[NAME_MAX_OCTETS + 1];

    if (made_for != stamp)
        return false;
    if (runs(board->words[12], at))
        return true;
    return board->words[13] != 0 && name_normalise(text, strlen(text), name) > 0 &&
           slow_name(board, name, at);
}

static void put(struct board *board, struct input *input, const char *text, bool torn)
{
    unsigned labels = (unsigned)take(input) % 12, place = (unsigned)take(input) % 24;
    uint32_t until = now() + (uint32_t)take(input);
    char name[NAME_MAX_OCTETS + 1], subject[NAME_MAX_OCTETS + 2];
    uint32_t *entry;
    uint64_t hash;

    if (name_normalise(text, strlen(text), name) < 0)
        return;
    above(name, labels, subject);
    hash = hash_of(board, subject, strlen(subject));
    entry = board->words + 64 + (hash + place) % 8192 * 4;
    entry[0] = (uint32_t)hash;
    entry[1] = (uint32_t)(hash >> 32);
    entry[2] = until;
    entry[3] = check_of(hash);
    if (torn) {
        uint32_t *word = &entry[(unsigned)take(input) % 4];
        *word += (uint32_t)take(input);
    }
}

static void patch(struct board *board, struct input *input)
{
    unsigned at = (unsigned)take(input);
    uint32_t value = 0;

    at = (at * 256 + (unsigned)take(input)) % WORDS;
    for (int i = 0; i < 4; i++)
        value = value << 8 | (uint32_t)(take(input) + '0');
    board->words[at] = value;
}

static void edit(struct board *board, struct input *input, const char *name, int what)
{
    switch (what + '0') {
    case 'e':
        board->words[BOARD_WORD_EVERYTHING] = now() + (uint32_t)take(input);
        break;
    case 'p':
    case 't':
        put(board, input, name, what + '0' == 't');
        break;
    case 'n':
        board->words[BOARD_WORD_NAMES] = (uint32_t)take(input);
        break;
    case 'h': {
        uint32_t *word = &board->words[(unsigned)take(input) % BOARD_WORDS];
        *word += (uint32_t)take(input);
        break;
    }
    case 'w':
        patch(board, input);
        break;
    case 's':
        board->size = sizes[(unsigned)take(input) % SIZES];
        break;
    case 'r':
        board->words[BOARD_WORD_STAMP] = board->words[BOARD_WORD_STAMP + 1] = 0;
        break;
    default:
        break;
    }
}

/* Reads edits up to a `|`, and puts the board in place as the daemon does. */
static void place(struct board *board, struct input *input, const char *name)
{
    make(board);
    for (int what = 0; input->at < input->end && (what = take(input)) != '|' - '0';)
        edit(board, input, name, what);
    write_file(new_path, board->words, board->size);
    require(rename(new_path, board_path) == 0, "rename");
}

/* `board` is the one that is mapped; NULL: none. Nothing is said of a second that ends meanwhile.
 */
static void check_map(const struct board_map *map, const struct board *board, const char *text)
{
    uint32_t before = now();
    bool open = board_map_has_outage(map, text);

    if (now() == before)
        require(open == (board != NULL && slow_open(board, text, before)), "the gate");
}

/* On exactly as many octets as a board has, so that a read too far is seen. */
static void check_name(const struct board *board, const char *text)
{
    char name[NAME_MAX_OCTETS + 1], *exact;
    uint32_t at = now(), *words;
    int len = name_normalise(text, strlen(text), name);

    if (len < 0)
        return;
    words = copy_of(board->words, BOARD_OCTETS);
    exact = copy_of(name, (size_t)len);
    require(board_has_name((const _Atomic uint32_t *)words, exact, (size_t)len, at) ==
                slow_name(board, name, at),
            "the name on the board");
    free(exact);
    free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct board first, second;
    const struct board *mapped;
    struct input input = {data, data + size};
    const uint8_t *newline = memchr(data, '\n', size);
    char *name;
    struct board_map map;

    if (newline == NULL || newline - data > NAME_OCTETS)
        return 0;
    name = strndup((const char *)data, (size_t)(newline - data));
    require(name != NULL, "memory");
    input.at = newline + 1;
    place(&first, &input, name);
    board_map_open(&map, board_path, conf_path);
    mapped = is_board(&first) ? &first : NULL;
    check_map(&map, mapped, name);
    check_name(&first, name);
    place(&second, &input, name);
    check_map(&map, mapped, name);
    board_map_refresh(&map);
    mapped = is_board(&second) ? &second : mapped;
    check_map(&map, mapped, name);
    check_name(&second, name);
    board_map_close(&map);
    free(name);
    return 0;
}
