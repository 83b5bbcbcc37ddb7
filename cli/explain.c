#include "base/error.h"
#include "base/message.h"
#include "base/resolv_conf.h"
#include "base/search_list.h"
#include "cli/child_lookup.h"
#include "cli/cli.h"
#include "cli/dns_failures.h"
#include "cli/format.h"
#include "cli/holdings.h"
#include "cli/machine_facts.h"
#include "copy/copy.h"
#include "hosts_line/reach.h"
#include "registry/u_label.h"
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PATIENCE 10 /* seconds beyond DNS's own time-outs */
#define PATIENCE_RESOLVE 90

/* Everything in one place. The first `line.count` of `lookup` are look-ups with the first 1, 2, …
 * services of the line; the rest the same, of the line as an outage leaves it, with DNS dead. */
struct explanation {
    const char *name;                    /* as it is asked for */
    char converted[NAME_MAX_OCTETS + 1]; /* it, if it was given in UTF-8; else empty */
    struct hosts_line line;
    struct hosts_line outage;
    struct resolv_conf resolv_conf;
    struct hosts_facts machine;
    struct child_lookup lookup[2 * HOSTS_SERVICES_MAX];
    int now, later; /* which service answers; -1: none */
    int policy_error;
    bool has_copy; /* a store that is not too old */
    struct open_stores open;
    struct holdings holdings;
};

/* nss-resolve asks systemd-resolved, whose DNS cannot be made to die: where its actions end the
 * look-up, nothing behind it is asked. */
static void make_outage_line(struct explanation *e)
{
    int resolve;

    e->outage = e->line;
    while ((resolve = hosts_line_find(&e->outage, "resolve")) >= 0) {
        struct hosts_service *service = &e->outage.service[resolve];

        if (service->action[HOSTS_TRYAGAIN] == HOSTS_RETURN ||
            service->action[HOSTS_NOTFOUND] == HOSTS_RETURN) {
            e->outage.count = (unsigned)resolve;
        } else {
            e->outage.count--;
            memmove(service, service + 1, (e->outage.count - (unsigned)resolve) * sizeof *service);
        }
    }
}

/* What the stores hold of the name, or, of one without a dot, of the first in the domains of
 * resolv.conf that is answered, else of the first that any of them has; as the module does it. */
static void find_name(struct explanation *e)
{
    static struct holdings holdings;
    char candidate[NAME_MAX_OCTETS + 2], name[NAME_MAX_OCTETS + 1];
    int64_t now = time(NULL);
    struct search_list list;

    search_list_none(&list);
    if (strchr(e->name, '.') == NULL)
        search_list_read(RESOLV_CONF_PATH, &list);
    for (size_t at = 0; e->holdings.winner < 0 &&
                        search_list_next(&list, &at, e->name, candidate, sizeof candidate);) {
        int r = u_label_normalise(candidate, strlen(candidate), name);

        if (r <= 0)
            continue;
        holdings_find(&e->open, name, (size_t)r, now, &holdings);
        if (holdings.winner >= 0 || e->holdings.count == 0)
            e->holdings = holdings;
    }
}

/* What the copies hold of the name. */
static void read_copies(struct explanation *e)
{
    const struct stores *stores = &e->open.stores;

    e->holdings.winner = -1;
    e->policy_error = open_stores(&e->open, STORE_DIRECTORY);
    if (e->policy_error != 0)
        return;
    for (unsigned i = 0; i < stores->policy.count; i++)
        e->has_copy =
            e->has_copy || (stores->store[i].stamp != 0 && time(NULL) <= stores->store[i].deadline);
    find_name(e);
}

static int first_answer(const struct child_lookup *lookups, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (lookups[i].code == 0)
            return (int)i;
    return -1;
}

/* Returns 0, or -errno if processes are not to be had. */
static int look_up_all(struct explanation *e)
{
    unsigned count = 0;
    int wait, r = 0;

    for (unsigned i = 0; r == 0 && i < e->line.count; i++)
        r = child_lookup_start(&e->lookup[count++], e->name, &e->line, i + 1, false);
    for (unsigned i = 0; r == 0 && i < e->outage.count; i++)
        r = child_lookup_start(&e->lookup[count++], e->name, &e->outage, i + 1, true);
    wait = dns_failure_silence(&e->resolv_conf);
    if (wait < 0 || hosts_line_find(&e->line, "resolve") >= 0)
        wait = PATIENCE_RESOLVE;
    child_lookup_wait(e->lookup, count, r == 0 ? wait + PATIENCE : 0);
    e->now = first_answer(e->lookup, e->line.count);
    e->later = first_answer(e->lookup + e->line.count, e->outage.count);
    return r;
}

static void print_addresses(const struct child_lookup *lookup)
{
    for (unsigned i = 0; i < lookup->count; i++)
        printf("%s%s", i > 0 ? ", " : "", lookup->address[i]);
}

static const char *why(const struct child_lookup *lookup)
{
    return lookup->code == CHILD_LOOKUP_NO_ANSWER ? "no answer in time"
                                                  : gai_strerror(lookup->code);
}

static void print_services(const struct explanation *e)
{
    for (unsigned i = 0; i < e->line.count; i++) {
        printf("%-11s %-14s ", i == 0 ? "now" : "", e->line.service[i].name);
        if (e->now >= 0 && (int)i > e->now)
            printf("is not asked");
        else if (e->lookup[i].code == 0)
            print_addresses(&e->lookup[i]);
        else
            printf("%s", why(&e->lookup[i]));
        putchar('\n');
    }
}

/* How long DNS takes to fail when nameservers are silent. */
static int outage_wait(const struct explanation *e)
{
    int dns = hosts_line_find(&e->line, "dns");

    return e->later >= 0 && (dns < 0 || e->later < dns)
               ? 0
               : dns_failure_wait(&dns_failures[0], &e->line, &e->resolv_conf);
}

static void print_outage(const struct explanation *e)
{
    int wait = outage_wait(e);
    char seconds[FORMAT_OCTETS];
    bool is_ours;

    printf("%-11s ", "if DNS died");
    if (e->later < 0) {
        printf("nobody answers\n");
        return;
    }
    is_ours = strcmp(e->outage.service[e->later].name, "gitdns") == 0;
    printf("%-14s ", e->outage.service[e->later].name);
    print_addresses(&e->lookup[e->line.count + (unsigned)e->later]);
    if (wait != 0)
        printf("\n%-11s %-14s after %s of silence%s", "", "", format_wait(wait, seconds),
               is_ours && hosts_line_find(&e->line, "gitdns_outage") >= 0
                   ? "; at once where gitdns-syncd knows of the outage"
                   : "");
    putchar('\n');
}

static void print_copies(const struct explanation *e)
{
    if (e->policy_error != 0)
        printf("%-11s none that answers: " STORE_DIRECTORY "/" POLICY_FILE ": %s\n", "copy",
               error_text(e->policy_error));
    else if (!e->has_copy)
        printf("%-11s none that answers: " STORE_DIRECTORY "\n", "copy");
    if (e->policy_error != 0 || (!e->has_copy && e->holdings.count == 0))
        return;
    if (!holdings_are_simple(&e->open) && e->holdings.count > 0)
        holdings_print(&e->open, &e->holdings, "copy");
    else if (!holdings_are_simple(&e->open))
        printf("%-11s none holds the name\n", "copy");
    else if (e->has_copy)
        printf("%-11s serial %" PRIu32 ": %s\n", "copy", e->open.manifest[0].serial,
               e->holdings.count > 0 ? e->holdings.holding[0].record : "does not hold the name");
}

static void print_for_people(const struct explanation *e)
{
    char text[HOSTS_LINE_TEXT_OCTETS];

    if (e->converted[0] != '\0')
        printf("%-11s %s\n", "asked as", e->converted);
    hosts_line_format(&e->line, text);
    printf("%-11s %s\n", "hosts line", text);
    print_services(e);
    print_outage(e);
    print_copies(e);
    if (e->machine.nscd)
        printf("%-11s stands before all of these, and may answer from its own memory\n", "nscd");
}

/* NULL: nobody answers. */
static void print_json_answer(struct json *json, const char *label,
                              const struct child_lookup *lookup, const char *service)
{
    if (lookup == NULL) {
        json_null(json, label);
        return;
    }
    json_open(json, label, '{');
    json_text(json, "service", service);
    json_open(json, "addresses", '[');
    for (unsigned i = 0; i < lookup->count; i++)
        json_text(json, NULL, lookup->address[i]);
    json_close(json, ']');
    json_number(json, "milliseconds", lookup->milliseconds);
    json_close(json, '}');
}

static void print_json_services(struct json *json, const struct explanation *e)
{
    json_open(json, "services", '[');
    for (unsigned i = 0; i < e->line.count; i++) {
        bool asked = e->now < 0 || (int)i <= e->now;

        json_open(json, NULL, '{');
        json_text(json, "service", e->line.service[i].name);
        json_flag(json, "asked", asked);
        if (asked && e->lookup[i].code != 0)
            json_text(json, "error", why(&e->lookup[i]));
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_json_copies(struct json *json, const struct explanation *e)
{
    int winner = e->holdings.winner;

    if (winner < 0 && e->has_copy && e->open.copies.count == 1)
        json_number(json, "serial", e->open.manifest[0].serial);
    if (winner >= 0) {
        json_number(json, "serial", e->open.manifest[winner].serial);
        json_text(json, "record", e->holdings.holding[winner].record);
    }
    holdings_print_json(json, &e->open, &e->holdings);
}

static void print_for_programs(const struct explanation *e)
{
    const struct child_lookup *now = NULL, *later = NULL;
    const char *now_service = NULL, *later_service = NULL;
    int wait = outage_wait(e);
    struct json json;

    if (e->now >= 0) {
        now = &e->lookup[e->now];
        now_service = e->line.service[e->now].name;
    }
    if (e->later >= 0) {
        later = &e->lookup[e->line.count + (unsigned)e->later];
        later_service = e->outage.service[e->later].name;
    }
    json_begin(&json, 1);
    json_text(&json, "name", e->name);
    print_json_services(&json, e);
    print_json_answer(&json, "now", now, now_service);
    print_json_answer(&json, "outage", later, later_service);
    if (wait < 0)
        json_null(&json, "outage_seconds");
    else
        json_number(&json, "outage_seconds", wait);
    print_json_copies(&json, e);
    json_end(&json);
}

/* As programs do that ask for what people type (getent, curl, ssh: AI_IDN), whatever the locale. */
static bool take_name(struct explanation *e, const char *text)
{
    char shown[MESSAGE_OCTETS];
    int r;

    e->name = text;
    if (!u_label_is_needed(text, strlen(text)))
        return true;
    r = u_label_normalise(text, strlen(text), e->converted);
    if (r > 0) {
        e->name = e->converted;
        return true;
    }
    message_set(shown, "%s", text);
    fprintf(stderr, "gitdns: %s: %s\n", shown, error_text(r));
    return false;
}

int cli_explain(const struct cli *cli)
{
    static const struct addrinfo numeric = {.ai_flags = AI_NUMERICHOST};
    static struct explanation e;
    char sentence[REACH_SENTENCE_OCTETS];
    struct reach_report reach;
    struct addrinfo *address;
    int r;

    if (!take_name(&e, cli->arguments[0]))
        return CLI_BAD;
    if (getaddrinfo(e.name, NULL, &numeric, &address) == 0) {
        freeaddrinfo(address);
        fprintf(stderr, "gitdns: %s: an address, for which nobody is asked\n", e.name);
        return CLI_BAD;
    }
    reach = reach_read(&e.line);
    if (reach.reach == REACH_UNREADABLE || reach.reach == REACH_REJECTED) {
        reach_sentence(&reach, sentence);
        fprintf(stderr, "gitdns: %s; see gitdns doctor\n", sentence);
        return CLI_BAD;
    }
    resolv_conf_read(&e.resolv_conf);
    e.machine = machine_facts(&e.resolv_conf);
    make_outage_line(&e);
    read_copies(&e);
    r = look_up_all(&e);
    if (r < 0) {
        fprintf(stderr, "gitdns: %s\n", error_text(r));
        return CLI_BAD;
    }
    if (cli->json)
        print_for_programs(&e);
    else
        print_for_people(&e);
    return e.now >= 0 ? CLI_OK : CLI_BAD;
}
