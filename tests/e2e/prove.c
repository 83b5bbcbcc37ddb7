/* prove [-a AUTHORITIES] [-k KNOWN-HOSTS] [-n PARALLEL] [-r RATE] [-t TIMEOUT_MS] [-d DEADLINE_MS]
 * [-p] [-s]: tries what is in lines of NAME ADDRESS PORT on standard input, and prints NAME ADDRESS
 * PORT and what came of it. -p: only public addresses. -s: only what it took, and each second what
 * is left. */
#include "base/clock.h"
#include "proof/proof.h"
#include <curl/curl.h>
#include <err.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define STEP_MS 200

static struct proof_item *items;
static bool summary;

/* Of names that stand one after the other one is kept. */
static size_t read_items(void)
{
    char name[256], address[64], *kept = NULL;
    size_t count = 0, room = 0;
    uint16_t port;

    while (scanf("%255s %63s %" SCNu16, name, address, &port) == 3) {
        struct proof_item item = {.port = port};
        int octets = address_parse(address, strlen(address), item.address);

        if (octets < 0)
            errx(1, "%s: no address", address);
        if (kept == NULL || strcmp(kept, name) != 0)
            kept = strdup(name);
        if (count == room)
            items = reallocarray(items, room = 2 * room + 1024, sizeof *items);
        if (kept == NULL || items == NULL)
            err(1, "names");
        item.octets = (uint8_t)octets;
        item.name = kept;
        items[count++] = item;
    }
    return count;
}

static void take(void *user, size_t item, const struct proof_result *result)
{
    char address[INET6_ADDRSTRLEN] = "";

    (void)user;
    address_format(items[item].address, items[item].octets, address);
    if (!summary)
        printf("%s %s %" PRIu16 ": %s, %s, port %" PRIu16 ", until %" PRId64 ", %" PRId64 " ms\n",
               items[item].name, address, items[item].port, proof_verdict_word(result->verdict),
               proof_why_word(result->why), result->port, result->until, result->ms);
    fflush(stdout);
}

static void print_progress(const struct proving *proving)
{
    struct proof_progress progress;
    struct rusage usage;

    proving_progress(proving, &progress);
    getrusage(RUSAGE_SELF, &usage);
    printf("%zu of %zu, %" PRIu64 " handshakes, %" PRId64 " ms, left %" PRId64
           " ms, %ld kB, processor %ld ms;",
           progress.done, progress.count, progress.handshakes, progress.ms, progress.left_ms,
           usage.ru_maxrss,
           (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
               (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000);
    for (int i = 0; i < PROOF_VERDICTS; i++)
        printf(" %zu %s", progress.verdict[i], proof_verdict_word((enum proof_verdict)i));
    putchar('\n');
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct proof_limits limits = {.parallel = PROOF_PARALLEL,
                                  .rate = PROOF_RATE,
                                  .timeout_ms = PROOF_TIMEOUT_MS,
                                  .any = true};
    int64_t deadline = 0, printed;
    struct proving *proving;
    size_t count;
    int option, r;

    while ((option = getopt(argc, argv, "a:k:n:r:t:d:ps")) != -1)
        switch (option) {
        case 'a':
            limits.ca_file = optarg;
            break;
        case 'k':
            limits.known_hosts = optarg;
            break;
        case 'n':
            limits.parallel = (unsigned)atoi(optarg);
            break;
        case 'r':
            limits.rate = (unsigned)atoi(optarg);
            break;
        case 't':
            limits.timeout_ms = atoi(optarg);
            break;
        case 'd':
            deadline = atoi(optarg);
            break;
        case 'p':
            limits.any = false;
            break;
        case 's':
            summary = true;
            break;
        default:
            return 2;
        }
    count = read_items();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    printed = clock_ms(CLOCK_BOOTTIME);
    if (deadline > 0)
        limits.deadline = printed + deadline;
    r = proving_open(&proving, items, count, &limits, take, NULL);
    if (r < 0)
        errx(1, "proving_open: %s", strerror(-r));
    if (summary)
        print_progress(proving);
    while ((r = proving_step(proving, STEP_MS)) > 0)
        if (summary && clock_ms(CLOCK_BOOTTIME) - printed >= 1000) {
            printed = clock_ms(CLOCK_BOOTTIME);
            print_progress(proving);
        }
    if (summary)
        print_progress(proving);
    proving_close(proving);
    curl_global_cleanup();
    if (r < 0)
        errx(1, "proving_step: %s", strerror(-r));
    return 0;
}
