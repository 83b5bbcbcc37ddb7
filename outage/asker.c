#include "outage/asker.h"
#include "base/clock.h"
#include "outage/asked_names.h"
#include "outage/outage_log.h"
#include <time.h>

static int64_t now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static void done(void *context, void *about, bool answered, uint32_t ttl, enum probe_failure why)
{
    struct asker *asker = context;
    const struct gate *gate = about;
    bool forbidden = !answered && why == PROBE_FORBIDDEN;

    if (forbidden && !asker->forbidden)
        outage_log_say(asker->gates, "may not ask the nameservers (a firewall or security module "
                                     "keeps this user from port 53): cannot tell whether DNS is "
                                     "out");
    asker->forbidden = forbidden;
    /* One that is dead need not be asked for again soon. */
    if (gate->probe)
        periodic_probe_answered(asker->periodic, gate->name, answered ? ttl : UINT32_MAX, now_ms());
    if (forbidden)
        gates_drop(asker->gates, about, now_ms(), time(NULL));
    else if (!answered && why == PROBE_NO_MEANS)
        gates_postpone(asker->gates, about, now_ms());
    else
        gates_answer(asker->gates, about, answered, why, now_ms(), time(NULL));
}

static bool another(void *context, void *about, char name[NAME_MAX_OCTETS + 1])
{
    struct asker *asker = context;

    return asked_names_another(asker->copy_names, asker->gates, about, now_ms(), name);
}

static void late(void *context, const char *subject)
{
    struct asker *asker = context;

    gates_answer_late(asker->gates, subject, now_ms(), time(NULL));
}

void asker_read_nameservers(struct asker *asker)
{
    const struct prober_handler handler = {done, another, late, asker};
    unsigned count;

    asker_close(asker);
    nameservers_read(&asker->nameservers);
    count = asker->nameservers.conf.count;
    asker->gates->nameservers = count > 0 ? count : 1;
    if (count > 0)
        prober_open(&asker->prober, &asker->nameservers, &handler);
}

void asker_close(struct asker *asker)
{
    prober_close(asker->prober);
    asker->prober = NULL;
}

static void ask_about(struct asker *asker, struct gate *gate, int64_t now)
{
    char text[COMPANION_OCTETS];
    const char *companion;

    if (!asked_names_choose(asker->copy_names, asker->gates, gate, asker->nameservers.search, now,
                            text, &companion))
        gates_drop(asker->gates, gate, now, time(NULL));
    else if (prober_ask(asker->prober, gate_subject(gate), companion, gate, now) < 0)
        gates_postpone(asker->gates, gate, now);
}

/* Whether something was sent. Neither many new questions nor many that have no answer keep the
 * others waiting, and what is asked about everything waits for none of them. */
static bool ask_next(struct asker *asker)
{
    struct gates *gates = asker->gates;
    int64_t now = now_ms();
    bool query = prober_is_due(asker->prober, false, now);
    struct gate *gate = NULL;

    questions_suspect_root(gates, now);
    if (questions_is_due(gates, now) && (!query || !asker->turn_of_query) &&
        !prober_is_due(asker->prober, true, now)) {
        gate = questions_next(gates, now);
        if (gate == NULL)
            return false;
        asker->turn_of_query = true;
        ask_about(asker, gate, now);
        return true;
    }
    if (!query || !questions_pay(gates, now))
        return false;
    asker->turn_of_query = false;
    prober_send(asker->prober, now);
    return true;
}

void asker_ask(struct asker *asker)
{
    while (asker->prober != NULL && ask_next(asker))
        ;
}

bool asker_is_due(const struct asker *asker)
{
    return asker->prober != NULL && prober_is_due(asker->prober, false, now_ms());
}

unsigned asker_polls(struct asker *asker, struct pollfd *polls)
{
    return asker->prober != NULL ? prober_polls(asker->prober, polls) : 0;
}

int asker_wait(const struct asker *asker)
{
    return asker->prober != NULL ? prober_wait(asker->prober, now_ms()) : -1;
}

void asker_process(struct asker *asker, const struct pollfd *polls, unsigned count)
{
    if (asker->prober != NULL)
        prober_process(asker->prober, polls, count, now_ms());
}
