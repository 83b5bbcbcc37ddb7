#include "audit/families.h"
#include "audit/headers.h"
#include "base/error.h"
#include "base/number.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

/* One family's HEAD. */
struct attempt {
    int family; /* 0: none is chosen */
    const char *word;
    bool made;
    enum fetch_result result;
    struct mirror mirror;
};

/* A host that is written as an address has that family alone; 0: both are to be tried. */
static int family_of(const char *url)
{
    unsigned char address[sizeof(struct in6_addr)];
    int family = 0;
    char *host = NULL;
    CURLU *parts = curl_url();

    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        family = host[0] == '[' ? AF_INET6 : inet_pton(AF_INET, host, address) == 1 ? AF_INET : 0;
    curl_free(host);
    curl_url_cleanup(parts);
    return family;
}

static bool try_head(const struct auditing *auditing, struct attempt *attempt)
{
    const struct audit_request *request = auditing->request;
    const struct fetch_limits limits = {.connect_timeout = request->connect_timeout,
                                        .stall_timeout = request->stall_timeout,
                                        .stop = -1,
                                        .family = attempt->family};
    int r;

    attempt->mirror = auditing->mirror;
    r = fetcher_open(&attempt->mirror.fetcher, &limits);
    if (r < 0) {
        findings_add(&auditing->audit->findings, FINDING_ERROR, FINDING_MACHINE, "%s: %s",
                     request->url, error_text(r));
        return false;
    }
    attempt->made = true;
    attempt->result = mirror_head(&attempt->mirror);
    return true;
}

static bool is_without_route(const struct fetch_answer *answer)
{
    return answer->os_error == ENETUNREACH || answer->os_error == EADDRNOTAVAIL;
}

/* Adds why an attempt failed. `other`: that of the other family, which may not have been made. */
static void report(struct auditing *auditing, const struct attempt *attempt,
                   const struct attempt *other)
{
    struct findings *findings = &auditing->audit->findings;
    const struct mirror *mirror = &attempt->mirror;
    bool answered = other->made && (other->result == FETCH_OK || other->mirror.answer.status != 0);

    if (!attempt->made || attempt->result == FETCH_OK)
        return;
    if (mirror->answer.status != 0 || mirror->fault != MIRROR_NO_ANSWER) {
        auditing->mirror = *mirror;
        auditing_fail(auditing, FINDING_ERROR);
    } else if (!mirror->answer.resolved && other->made && other->mirror.answer.resolved) {
        findings_add(findings, FINDING_NOTE, FINDING_FAMILY, "%s: its host has no %s address",
                     mirror->url, attempt->word);
    } else if (is_without_route(&mirror->answer)) {
        findings_add(findings, answered ? FINDING_NOTE : FINDING_ERROR, FINDING_FAMILY,
                     "%s: not tried over %s: this machine has no way there", mirror->url,
                     attempt->word);
    } else {
        findings_add(findings, FINDING_ERROR, answered ? FINDING_FAMILY : FINDING_ANSWER, "%s%s%s",
                     mirror->error, attempt->family != 0 ? ", over " : "", attempt->word);
    }
}

/* The attempt that the rest is fetched by: one that serves, the newer serial first. */
static struct attempt *choose(struct auditing *auditing, struct attempt attempts[2])
{
    struct attempt *first = &attempts[0], *second = &attempts[1];
    bool one = first->made && first->result == FETCH_OK;
    bool other = second->made && second->result == FETCH_OK;

    if (one && other && first->mirror.serial != second->mirror.serial)
        findings_add(&auditing->audit->findings, FINDING_WARNING, FINDING_BEHIND,
                     "%sHEAD: serial %" PRIu32 " over %s, serial %" PRIu32 " over %s",
                     auditing->request->url, first->mirror.serial, first->word,
                     second->mirror.serial, second->word);
    if (one && other)
        return first->mirror.serial >= second->mirror.serial ? first : second;
    return one ? first : other ? second : NULL;
}

bool families_reach(struct auditing *auditing)
{
    struct attempt attempts[2] = {{.family = AF_INET, .word = "IPv4"},
                                  {.family = AF_INET6, .word = "IPv6"}};
    bool http = strncasecmp(auditing->request->url, "http", 4) == 0, fine = true, same;
    int only = http ? family_of(auditing->request->url) : 0;
    const struct attempt *chosen;

    if (!http)
        attempts[0] = (struct attempt){.word = ""};
    for (unsigned i = 0; i < 2 && fine; i++)
        if (http ? only == 0 || only == attempts[i].family : i == 0)
            fine = try_head(auditing, &attempts[i]);
    /* What the server itself says it says twice. */
    same = attempts[0].made && attempts[1].made && attempts[0].mirror.answer.status != 0 &&
           strcmp(attempts[0].mirror.error, attempts[1].mirror.error) == 0;
    report(auditing, &attempts[0], &attempts[1]);
    if (!same)
        report(auditing, &attempts[1], &attempts[0]);
    chosen = choose(auditing, attempts);
    for (unsigned i = 0; i < 2; i++)
        if (&attempts[i] != chosen && attempts[i].made)
            fetcher_close(attempts[i].mirror.fetcher);
    auditing->mirror.fetcher = NULL;
    if (chosen == NULL)
        return false;
    auditing->mirror = chosen->mirror;
    headers_look(auditing);
    return true;
}
