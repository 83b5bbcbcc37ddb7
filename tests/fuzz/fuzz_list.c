/* Lists of names. The first octet says what of them is wanted. Whatever a list holds, names are in
 * normal form, and each stands in it. */
#include "publish/names.h"
#include "registry/name.h"
#include "tests/fuzz/fuzz.h"
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#define TOP 5

/* Upper case aside. */
static bool stands_in(const char *text, size_t size, const char *name, size_t len)
{
    for (size_t i = 0; i + len <= size; i++)
        if (strncasecmp(text + i, name, len) == 0)
            return true;
    return false;
}

static bool is_ascii(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((text[i] & 0x80) != 0)
            return false;
    return true;
}

static bool is_within(struct word word, const struct line *line)
{
    return word.text >= line->text && word.text + word.len <= line->text + line->len;
}

/* Line by line, each with nothing behind it. */
static void try_lines(const char *text, size_t size, bool cut)
{
    struct list_form form = {0};

    for (size_t at = 0, len; at < size; at += len + 1) {
        const char *end = memchr(text + at, '\n', size - at);
        struct list_entry entry;
        struct line line = {.cut = cut};
        struct word other;
        char *copy;

        len = end != NULL ? (size_t)(end - text) - at : size - at;
        copy = copy_of(text + at, len);
        line.text = copy != NULL ? copy : "";
        line.len = len;
        if (list_entry_find(&form, &line, &entry) == 1) {
            require(is_within(entry.host, &line) && (entry.host.len > 0 || cut), "a host");
            while (list_entry_other(&entry, &other))
                require(is_within(other, &line) && other.len > 0, "another word");
        }
        free(copy);
    }
}

static void check(const struct names *names, const char *text, size_t size)
{
    bool ascii = is_ascii(text, size);
    uint64_t count = 0;

    for (uint32_t id = 0; (id = records_after(names->records, id)) != 0; count++) {
        size_t len;
        const char *name = records_name_of(names->records, id, &len);
        bool www = names->www && len > 4 && memcmp(name, "www.", 4) == 0;

        require(name_check(name, len) == 0, "a name");
        require(names->admission != ADMIT_PUBLIC || name_check_public(name, len) == 0,
                "a public one");
        if (ascii)
            require(stands_in(text, size, name, len) ||
                        (www && stands_in(text, size, name + 4, len - 4)),
                    "that the list has");
    }
    require(count >= names->taken && count <= names->taken * (names->www ? 2 : 1), "counted");
    require(names->top == 0 || names->taken <= names->top, "no more than are wanted");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct skips skips = {0};
    struct names names = {.skips = &skips};
    struct problem problem;
    const char *text;
    int fd;

    if (size == 0)
        return 0;
    names.admission = (data[0] & 1) != 0 ? ADMIT_ALL : ADMIT_PUBLIC;
    names.www = (data[0] & 2) != 0;
    names.top = (data[0] & 4) != 0 ? TOP : 0;
    text = (const char *)data + 1;
    size--;
    try_lines(text, size, (data[0] & 8) != 0);
    fd = memfd_create("fuzz", MFD_CLOEXEC);
    require(fd >= 0 && write(fd, text, size) == (ssize_t)size, "file");
    lseek(fd, 0, SEEK_SET);
    require(records_new(&names.records) == 0, "memory");
    /* Compressed ones are fuzz_zip's. */
    if (names_read_fd(&names, fd, "list", &problem) == 0 && (size < 2 || text[0] != 0x1f) &&
        (size < 4 || memcmp(text, "PK", 2) != 0))
        check(&names, text, size);
    records_free(names.records);
    return 0;
}
