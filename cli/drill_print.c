#include "cli/drill_print.h"
#include "cli/drill_kept.h"
#include "cli/format.h"
#include "cli/json.h"
#include <arpa/inet.h>
#include <stdio.h>

/* Names that are shown to people. */
#define SHOWN_MAX 20

static bool is_bad(const struct survey_name *name)
{
    return name->fate == SURVEY_DEAD || name->fate == SURVEY_SILENT;
}

static void print_sum(const struct survey *survey, const struct survey_sum *sum)
{
    char names[FORMAT_OCTETS], of[FORMAT_OCTETS], work[FORMAT_OCTETS], part[FORMAT_OCTETS];
    char share[DRILL_SHARE_OCTETS], least[DRILL_SHARE_OCTETS], most[DRILL_SHARE_OCTETS];

    printf("%s", format_count(sum->names, names));
    if (survey->of > sum->names)
        printf(" of %s", format_count(survey->of, of));
    printf(" name%s: %s would work (%s", survey->of == 1 ? "" : "s", format_count(sum->work, work),
           drill_share(sum->share, share));
    if (survey->of > sum->names)
        printf("; of all between %s and %s", drill_share(sum->least, least),
               drill_share(sum->most, most));
    printf("): %s proven", format_count(sum->fate[SURVEY_PROVEN], part));
    printf(", %s open", format_count(sum->fate[SURVEY_OPEN], part));
    printf("; %s dead", format_count(sum->fate[SURVEY_DEAD], part));
    printf("; %s silent", format_count(sum->fate[SURVEY_SILENT], part));
    if (sum->fate[SURVEY_UNTRIED] > 0)
        printf("; %s not to be tried from here", format_count(sum->fate[SURVEY_UNTRIED], part));
    putchar('\n');
}

static void print_used(const struct survey *survey)
{
    struct survey_sum used;
    char names[FORMAT_OCTETS], work[FORMAT_OCTETS];

    survey_sum_used(survey, &used);
    if (used.names > 0)
        printf("%s that this machine uses: %s would work\n", format_count(used.names, names),
               format_count(used.work, work));
}

static void print_dns(const struct survey *survey, const struct survey_sum *sum)
{
    static const char *const texts[] = {
        [SURVEY_SAME] = "the same addresses", [SURVEY_OVERLAP] = "some the same",
        [SURVEY_DISJOINT] = "others",         [SURVEY_DENIED] = "none",
        [SURVEY_UNKNOWN] = "not known",
    };
    const char *separator = "DNS gives now: ";
    char count[FORMAT_OCTETS];

    if (!survey->answered) {
        puts("DNS does not answer now");
        return;
    }
    for (int i = 0; i < SURVEY_DNS; i++)
        if (sum->dns[i] > 0) {
            printf("%s%s %s", separator, format_count(sum->dns[i], count), texts[i]);
            separator = ", ";
        }
    putchar('\n');
}

static const char *format_address(const struct proof_item *item, char out[INET6_ADDRSTRLEN])
{
    out[address_format(item->address, item->octets, out)] = '\0';
    return out;
}

static void print_verdict(const struct survey_address *address)
{
    printf("%s%s%s", proof_verdict_word(address->verdict),
           address->why != PROOF_WHY_NONE ? ", " : "", proof_why_word(address->why));
}

static void print_name(const struct survey *survey, const struct survey_name *name)
{
    char text[INET6_ADDRSTRLEN];

    printf("%c %s: %s", name->used ? '*' : ' ', name->name, survey_fate_word(name->fate));
    if (name->dns != SURVEY_UNKNOWN)
        printf("; DNS: %s", survey_dns_word(name->dns));
    putchar('\n');
    for (size_t i = name->first; i < name->first + name->count; i++) {
        printf("    %s  ", format_address(&survey->items[i], text));
        print_verdict(&survey->addresses[i]);
        putchar('\n');
    }
}

/* Those that this machine uses first. */
static void print_bad(const struct survey *survey)
{
    unsigned shown = 0, more = 0;

    for (int used = 1; used >= 0; used--)
        for (size_t i = 0; i < survey->count; i++) {
            const struct survey_name *name = &survey->names[i];

            if (!is_bad(name) || name->used != (used == 1))
                continue;
            if (shown == 0)
                puts("\nwould not work (* this machine uses it):");
            if (shown < SHOWN_MAX) {
                print_name(survey, name);
                shown++;
            } else {
                more++;
            }
        }
    if (more > 0)
        printf("  and %u more: gitdns drill --json\n", more);
}

void drill_print(const struct survey *survey, const struct survey_sum *sum)
{
    char left_out[FORMAT_OCTETS];

    print_sum(survey, sum);
    print_used(survey);
    if (survey->left_out > 0)
        printf("%s private, not tried: --registry NAME does that\n",
               format_count(survey->left_out, left_out));
    print_dns(survey, sum);
    print_bad(survey);
}

static void print_address_json(struct json *json, const struct proof_item *item,
                               const struct survey_address *address)
{
    char text[INET6_ADDRSTRLEN];

    json_open(json, NULL, '{');
    json_text(json, "address", format_address(item, text));
    json_text(json, "verdict", proof_verdict_word(address->verdict));
    if (address->why != PROOF_WHY_NONE)
        json_text(json, "why", proof_why_word(address->why));
    if (address->port != 0)
        json_number(json, "port", address->port);
    json_flag(json, "dns", address->given);
    json_close(json, '}');
}

static void print_name_json(struct json *json, const struct survey *survey,
                            const struct survey_name *name)
{
    json_open(json, NULL, '{');
    json_text(json, "name", name->name);
    json_text(json, "fate", survey_fate_word(name->fate));
    json_text(json, "dns", survey_dns_word(name->dns));
    json_flag(json, "drawn", name->drawn);
    json_flag(json, "used", name->used);
    json_open(json, "addresses", '[');
    for (size_t i = name->first; i < name->first + name->count; i++)
        print_address_json(json, &survey->items[i], &survey->addresses[i]);
    json_close(json, ']');
    json_close(json, '}');
}

static void print_sum_json(struct json *json, const struct survey *survey,
                           const struct survey_sum *sum)
{
    json_number(json, "names", (int64_t)sum->names);
    json_number(json, "of", (int64_t)survey->of);
    json_number(json, "left_out", (int64_t)survey->left_out);
    json_number(json, "would_work", (int64_t)sum->work);
    json_share(json, "share", sum->share);
    json_share(json, "least", sum->least);
    json_share(json, "most", sum->most);
    for (int i = 0; i < SURVEY_FATES; i++)
        json_number(json, survey_fate_word((enum survey_fate)i), (int64_t)sum->fate[i]);
    json_open(json, "dns", '{');
    for (int i = 0; i < SURVEY_DNS; i++)
        json_number(json, survey_dns_word((enum survey_dns)i), (int64_t)sum->dns[i]);
    json_close(json, '}');
}

void drill_print_json(const struct survey *survey, const struct survey_sum *sum)
{
    struct survey_sum used;
    struct json json;

    survey_sum_used(survey, &used);
    json_begin(&json, 1);
    print_sum_json(&json, survey, sum);
    json_open(&json, "used", '{');
    json_number(&json, "names", (int64_t)used.names);
    json_number(&json, "would_work", (int64_t)used.work);
    json_close(&json, '}');
    json_open(&json, "results", '[');
    for (size_t i = 0; i < survey->count; i++)
        print_name_json(&json, survey, &survey->names[i]);
    json_close(&json, ']');
    json_end(&json);
}
