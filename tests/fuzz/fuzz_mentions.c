/* Files of configuration that mention names. The first octet says which of the table's sources it
 * is. What is found is a name that DNS knows, in a line that is there, and stands in the file. */
#include "mentions/mention_list.h"
#include "mentions/mention_sources.h"
#include "mentions/reading.h"
#include "mentions/ways_of_one.h"
#include "registry/name.h"
#include "tests/fuzz/fuzz.h"
#include <strings.h>

#define DOMAIN "search.example.org"

static struct piece file;
static unsigned lines;
static bool ascii, composed;

static bool stands_there(const char *name, size_t len)
{
    for (size_t i = 0; i + len <= file.len; i++)
        if (strncasecmp(file.text + i, name, len) == 0)
            return true;
    return false;
}

static void take(void *user, const struct mention *mention)
{
    const char *name = mention->of != NULL ? mention->of : mention->name;
    size_t len = strlen(name), end = strlen("." DOMAIN);

    (void)user;
    require(name_check(mention->name, strlen(mention->name)) == 0, "a name");
    require(name_check_private(mention->name, strlen(mention->name)) == 0, "that DNS may have");
    require(mention->line >= 1 && mention->line <= lines, "a line of the file");
    if (!ascii || composed || stands_there(name, len))
        return;
    require(len > end && strcmp(name + len - end, "." DOMAIN) == 0 && stands_there(name, len - end),
            "that stands there");
}

static void read_as(const struct mention_source *source)
{
    struct mention_list list = {.search = {.end = strlen(DOMAIN), .domains = DOMAIN}};
    struct reading reading = {.source = source, .list = &list, .rest = file, .fresh = true};
    const struct mentions_taker taker = {.take = take};

    composed = source->read == read_ssh_config && memmem(file.text, file.len, "%h", 2) != NULL;
    require(mention_list_begin_file(&list, "/file", false) == 0, "memory");
    source->read(&reading);
    require(list.error == 0, "memory");
    require(reading.rest.len == 0, "read to its end");
    mention_list_give(&list, &taker);
    mention_list_free(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size == 0)
        return 0;
    text = copy_of(data + 1, size - 1);
    file = (struct piece){text != NULL ? text : "", size - 1};
    lines = 1;
    ascii = true;
    for (size_t i = 0; i < file.len; i++) {
        lines += file.text[i] == '\n';
        ascii = ascii && (file.text[i] & 0x80) == 0;
    }
    read_as(&mention_sources[data[0] % mention_sources_count]);
    free(text);
    return 0;
}
