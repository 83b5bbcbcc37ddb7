#include "cli/drill_print.h"
#include "cli/drill_kept.h"
#include "cli/format.h"
#include <arpa/inet.h>
#include <inttypes.h>
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

static void print_dns(const struct survey_sum *sum)
{
    static const char *const texts[] = {
        [SURVEY_SAME] = "the same addresses", [SURVEY_OVERLAP] = "some the same",
        [SURVEY_DISJOINT] = "others",         [SURVEY_DENIED] = "none",
        [SURVEY_UNKNOWN] = "no answer",
    };
    const char *separator = "DNS gives now: ";
    char count[FORMAT_OCTETS];

    if (sum->dns[SURVEY_UNKNOWN] == sum->names) {
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
    print_dns(sum);
    print_bad(survey);
}

static void print_address_json(const struct proof_item *item, const struct survey_address *address)
{
    char text[INET6_ADDRSTRLEN];

    printf("{\"address\": \"%s\", \"verdict\": \"%s\"", format_address(item, text),
           proof_verdict_word(address->verdict));
    if (address->why != PROOF_WHY_NONE)
        printf(", \"why\": \"%s\"", proof_why_word(address->why));
    if (address->port != 0)
        printf(", \"port\": %" PRIu16, address->port);
    printf(", \"dns\": %s}", address->given ? "true" : "false");
}

static void print_name_json(const struct survey *survey, const struct survey_name *name)
{
    printf("    {\"name\": ");
    print_json_string(stdout, name->name);
    printf(", \"fate\": \"%s\", \"dns\": \"%s\", \"drawn\": %s, \"used\": %s, \"addresses\": [",
           survey_fate_word(name->fate), survey_dns_word(name->dns), name->drawn ? "true" : "false",
           name->used ? "true" : "false");
    for (size_t i = name->first; i < name->first + name->count; i++) {
        printf("%s", i > name->first ? ", " : "");
        print_address_json(&survey->items[i], &survey->addresses[i]);
    }
    printf("]}");
}

void drill_print_json(const struct survey *survey, const struct survey_sum *sum)
{
    struct survey_sum used;

    survey_sum_used(survey, &used);
    printf("{\n  \"names\": %" PRIu64 ",\n  \"of\": %" PRIu64 ",\n  \"left_out\": %" PRIu64
           ",\n  \"would_work\": %" PRIu64
           ",\n  \"share\": %.4f,\n  \"least\": %.4f,\n  \"most\": %.4f",
           sum->names, survey->of, survey->left_out, sum->work, sum->share, sum->least, sum->most);
    for (int i = 0; i < SURVEY_FATES; i++)
        printf(",\n  \"%s\": %" PRIu64, survey_fate_word((enum survey_fate)i), sum->fate[i]);
    printf(",\n  \"dns\": {");
    for (int i = 0; i < SURVEY_DNS; i++)
        printf("%s\"%s\": %" PRIu64, i > 0 ? ", " : "", survey_dns_word((enum survey_dns)i),
               sum->dns[i]);
    printf("},\n  \"used\": {\"names\": %" PRIu64 ", \"would_work\": %" PRIu64
           "},\n  \"results\": [",
           used.names, used.work);
    for (size_t i = 0; i < survey->count; i++) {
        puts(i > 0 ? "," : "");
        print_name_json(survey, &survey->names[i]);
    }
    puts("\n  ]\n}");
}
