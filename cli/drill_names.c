#include "cli/drill_names.h"
#include "base/error.h"
#include "cli/open_store.h"
#include "mentions/mentions.h"
#include "registry/address.h"
#include "registry/name.h"
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Names that this machine uses, by octets. */
struct used {
    size_t count, room;
    char **name;
    int r;
};

struct draw {
    const struct open_stores *open;
    int chosen; /* the registry's place; -1: what all of them answer */
    int64_t now;
    struct used used;
    struct survey *survey;
    uint64_t left, wanted; /* names that are still to come, and to be drawn */
    uint64_t left_out;
};

static void take_mention(void *user, const struct mention *mention)
{
    struct used *used = user;

    if (mention->again || used->r < 0)
        return;
    if (used->count == used->room) {
        size_t room = used->room * 2 + 64;
        char **larger = reallocarray(used->name, room, sizeof *larger);

        if (larger == NULL) {
            used->r = -ENOMEM;
            return;
        }
        used->name = larger;
        used->room = room;
    }
    used->name[used->count] = strdup(mention->name);
    if (used->name[used->count] == NULL)
        used->r = -ENOMEM;
    else
        used->count++;
}

static void free_used(struct used *used)
{
    for (size_t i = 0; i < used->count; i++)
        free(used->name[i]);
    free(used->name);
}

static int compare_name(const void *key, const void *element)
{
    const struct record *record = key;
    const char *name = *(char *const *)element;
    int order = strncmp(record->name, name, record->name_len);

    return order != 0 ? order : -(name[record->name_len] != '\0');
}

static bool is_used(const struct used *used, const struct record *record)
{
    return used->count > 0 &&
           bsearch(record, used->name, used->count, sizeof *used->name, compare_name) != NULL;
}

static bool is_private(const struct draw *draw, unsigned place, const struct record *record)
{
    bool global = !draw->open->stores.policy.private[place] &&
                  name_check_public(record->name, record->name_len) == 0;

    for (unsigned i = 0; global && i < record->n4; i++)
        global = address_check_public(record->ipv4 + 4UL * i, 4) == 0;
    for (unsigned i = 0; global && i < record->n6; i++)
        global = address_check_public(record->ipv6 + 16UL * i, 16) == 0;
    return !global;
}

/* Gives each name of the registry in that place that it is the one to answer for, or that it is
 * chosen to give. */
static int each_of(struct draw *draw, unsigned place,
                   int (*take)(struct draw *draw, const struct record *record))
{
    const struct stores *stores = &draw->open->stores;
    struct record_copy copy, found_copy;
    struct record record, found;
    unsigned position = 0, at;
    int r;

    if (stores->store[place].stamp == 0 || draw->now > stores->store[place].deadline)
        return 0;
    while ((r = store_next(&stores->store[place], &position, &copy, &record)) == 1) {
        if (draw->chosen < 0 && (stores_find(stores, record.name, record.name_len, draw->now,
                                             &found_copy, &found, &at) != 1 ||
                                 at != place))
            continue;
        if (draw->chosen < 0 && is_private(draw, place, &record)) {
            draw->left_out++;
            continue;
        }
        r = take(draw, &record);
        if (r < 0)
            return r;
    }
    return r;
}

static int each(struct draw *draw, int (*take)(struct draw *draw, const struct record *record))
{
    int r = 0;

    if (draw->chosen >= 0)
        return each_of(draw, (unsigned)draw->chosen, take);
    for (unsigned i = 0; r >= 0 && i < draw->open->stores.policy.count; i++)
        r = each_of(draw, i, take);
    return r;
}

static int count(struct draw *draw, const struct record *record)
{
    (void)record;
    draw->survey->of++;
    return 0;
}

/* Each of those that are left is drawn with the same probability (Knuth, algorithm S). */
static int pick(struct draw *draw, const struct record *record)
{
    bool drawn = draw->wanted > 0 && (draw->wanted >= draw->left ||
                                      randombytes_uniform((uint32_t)draw->left) < draw->wanted);
    bool used = is_used(&draw->used, record);

    draw->left -= draw->left > 0;
    draw->wanted -= drawn;
    return drawn || used ? survey_add(draw->survey, record, drawn, used) : 0;
}

static int take_sample(struct draw *draw, bool all)
{
    const struct mentions_options options = {.root = NULL};
    const struct mentions_taker taker = {.take = take_mention, .user = &draw->used};
    int r = each(draw, count);

    if (r < 0)
        return r;
    /* What cannot be read is used by nobody. */
    mentions_read(&options, &taker);
    if (draw->used.r < 0)
        return draw->used.r;
    draw->survey->left_out = draw->left_out;
    draw->left = draw->survey->of;
    draw->wanted = all || draw->left < DRILL_SAMPLE ? draw->left : DRILL_SAMPLE;
    return each(draw, pick);
}

static int take_named(struct draw *draw, const char *text, char why[MESSAGE_OCTETS])
{
    const struct stores *stores = &draw->open->stores;
    char name[NAME_MAX_OCTETS + 1];
    int len = name_normalise(text, strlen(text), name);
    struct record_copy copy;
    struct record record;
    unsigned place;
    int found = 0;

    if (len > 0 && draw->chosen >= 0)
        found = stores->store[draw->chosen].stamp != 0
                    ? store_find(&stores->store[draw->chosen], name, (size_t)len, &copy, &record)
                    : 0;
    else if (len > 0)
        found = stores_find(stores, name, (size_t)len, draw->now, &copy, &record, &place);
    if (found == 1) {
        draw->survey->of++;
        return survey_add(draw->survey, &record, true, false);
    }
    message_set(why, "%s: %s", text, len < 0 ? error_text(len) : "no copy answers it");
    return -ENOENT;
}

/* The place of the chosen registry; -1: none is chosen, -2: it is not asked. */
static int find_chosen(const struct cli *cli, const struct open_stores *open)
{
    if (cli->registry_name == NULL)
        return -1;
    for (unsigned i = 0; i < open->copies.count; i++)
        if (strcmp(open->copies.copy[i].directory, cli->copies.copy[0].directory) == 0)
            return (int)i;
    return -2;
}

static int take_all(struct draw *draw, const struct cli *cli, char why[MESSAGE_OCTETS])
{
    int r = 0;

    if (cli->count == 0) {
        r = take_sample(draw, cli->all);
        if (r < 0)
            message_set(why, "%s", error_text(r));
    }
    for (int i = 0; r == 0 && i < cli->count; i++)
        r = take_named(draw, cli->arguments[i], why);
    if (r < 0)
        return r;
    if (draw->survey->count > 0)
        return 0;
    message_set(why, "%s",
                draw->left_out > 0 ? "all names are private: --registry tries them"
                                   : "there is no copy that answers");
    return -ENOENT;
}

int drill_names_take(struct survey *survey, const struct cli *cli, char why[MESSAGE_OCTETS])
{
    static struct open_stores open;
    struct draw draw = {.open = &open, .now = time(NULL), .survey = survey};
    int r = open_stores(&open, cli->directory);

    if (r != 0) {
        message_set(why, "%s/" POLICY_FILE ": %s", cli->directory, error_text(r));
        return r < 0 ? r : -EINVAL;
    }
    draw.chosen = find_chosen(cli, &open);
    if (draw.chosen == -2) {
        message_set(why, "registry %s is not asked yet, see gitdns doctor", cli->registry_name);
        r = -ENOENT;
    } else {
        r = take_all(&draw, cli, why);
    }
    free_used(&draw.used);
    close_stores(&open);
    return r;
}
