#include "publish/resolvers_check.h"
#include "base/error.h"
#include "dns/dns.h"
#include "publish/stop.h"
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define LABEL_LETTERS 20
#define ATTEMPTS 3
#define WAIT_MS 20

_Static_assert(2 * (LABEL_LETTERS + 1) <= MADE_UP_MAX, "two labels");

/* Under a top-level domain that exists and, since some redirect only there, one that does not; and
 * a name of the list. */
enum { KNOWN_TOP, NO_TOP, DNS64, LISTED, QUESTIONS };

struct check;

struct check_question {
    struct check *check;
    char name[NAME_MAX_OCTETS + 1];
    unsigned attempts;
    struct answer answer;
};

/* Of one resolver. */
struct check {
    struct dns *dns;
    unsigned pending;
    struct check_question question[QUESTIONS];
};

static void random_label(char out[LABEL_LETTERS + 1])
{
    for (unsigned i = 0; i < LABEL_LETTERS; i++)
        out[i] = (char)('a' + randombytes_uniform(26));
    out[LABEL_LETTERS] = '\0';
}

void resolvers_made_up(char name[MADE_UP_MAX])
{
    char label[LABEL_LETTERS + 1];

    random_label(label);
    snprintf(name, MADE_UP_MAX, "%s.com", label);
}

static void take(void *context, const struct answer *answer);

static void ask(struct check_question *question)
{
    size_t octets = question == &question->check->question[DNS64] ? 16 : 4;

    question->attempts++;
    dns_ask(question->check->dns, question->name, octets, ADMIT_ALL, take, question);
}

/* Silence has had its time-outs; another answer that says nothing may be a moment's. */
static void take(void *context, const struct answer *answer)
{
    struct check_question *question = context;

    question->answer = *answer;
    if (answer->finding == FINDING_FAILED && !answer->silent && question->attempts < ATTEMPTS)
        ask(question);
    else
        question->check->pending--;
}

static int start(struct check *check, const struct resolvers *resolvers, unsigned i,
                 const char *listed)
{
    struct resolvers alone = *resolvers;
    char label[LABEL_LETTERS + 1], top[LABEL_LETTERS + 1];
    int r;

    alone.count = 1;
    alone.server[0] = resolvers->server[i];
    r = dns_open(&check->dns, &alone, QUESTIONS);
    if (r < 0)
        return r;
    resolvers_made_up(check->question[KNOWN_TOP].name);
    random_label(label);
    random_label(top);
    snprintf(check->question[NO_TOP].name, MADE_UP_MAX, "%s.%s", label, top);
    strcpy(check->question[DNS64].name, "ipv4only.arpa");
    snprintf(check->question[LISTED].name, sizeof check->question[LISTED].name, "%s", listed);
    check->pending = QUESTIONS;
    for (unsigned q = 0; q < QUESTIONS; q++) {
        check->question[q].check = check;
        ask(&check->question[q]);
    }
    return 0;
}

/* Whether it said anything. */
static bool answers(const struct check *check)
{
    bool any = false;

    for (unsigned q = 0; q < QUESTIONS; q++)
        any = any || !check->question[q].answer.silent;
    return any;
}

static int judge(const struct check *check, const char *resolver, struct problem *problem)
{
    for (unsigned q = KNOWN_TOP; q <= NO_TOP; q++)
        if (check->question[q].answer.finding == FINDING_FOUND)
            return problem_set(problem, E_RESOLVER,
                               "resolver %s: has an address for %s, which does not exist: it makes "
                               "answers up",
                               resolver, check->question[q].name);
    if (check->question[DNS64].answer.finding == FINDING_FOUND)
        return problem_set(problem, E_RESOLVER,
                           "resolver %s: has an IPv6 address for ipv4only.arpa: it does DNS64 and "
                           "makes addresses up",
                           resolver);
    return 0;
}

/* Leaves those that answer in `resolvers`. */
static int weigh(const struct check check[], struct resolvers *resolvers,
                 struct resolvers_found *found, struct problem *problem)
{
    const struct resolvers all = *resolvers;
    int r = 0;

    resolvers->count = 0;
    for (unsigned i = 0; r == 0 && i < all.count; i++) {
        const struct resolver *resolver = &all.server[i];

        if (answers(&check[i])) {
            resolvers->server[resolvers->count++] = *resolver;
            found->denies =
                found->denies || check[i].question[KNOWN_TOP].answer.finding == FINDING_NXDOMAIN;
            r = judge(&check[i], resolver->text, problem);
        } else if (!all.given) {
            found->silent.server[found->silent.count++] = *resolver;
        } else {
            found->away = true;
            r = problem_set(problem, E_RESOLVER, "resolver %s: asked for %s: no answer",
                            resolver->text, check[i].question[KNOWN_TOP].name);
        }
    }
    found->away = found->away || resolvers->count == 0;
    if (r == 0 && resolvers->count == 0)
        r = problem_set(problem, E_RESOLVER, RESOLV_CONF_PATH ": no answer from any nameserver");
    return r;
}

int resolvers_check(struct resolvers *resolvers, const char *listed, struct resolvers_found *found,
                    struct problem *problem)
{
    struct check check[RESOLVERS_MAX] = {{0}};
    bool pending = true;
    int r = 0;

    *found = (struct resolvers_found){.denies = false};
    for (unsigned i = 0; r == 0 && i < resolvers->count; i++)
        r = start(&check[i], resolvers, i, listed);
    while (r == 0 && pending) {
        pending = false;
        for (unsigned i = 0; i < resolvers->count; i++) {
            if (check[i].pending > 0)
                dns_wait(check[i].dns, WAIT_MS);
            pending = pending || check[i].pending > 0;
        }
        r = stop_requested() ? E_STOPPED : 0;
    }
    if (r < 0)
        problem_set(problem, r, "resolvers: %s", error_text(r));
    else
        r = weigh(check, resolvers, found, problem);
    for (unsigned i = 0; i < RESOLVERS_MAX; i++)
        dns_close(check[i].dns);
    return r;
}
