#include "audit/headers.h"
#include "base/number.h"
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What is later is never. */
#define SECONDS_MAX INT32_MAX

/* Digits to the end of the word. Returns -1 if it is no number. */
static int64_t seconds(const char *text, size_t len)
{
    int64_t value = 0;

    if (len > 1 && text[0] == '"' && text[len - 1] == '"') {
        text++;
        len -= 2;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)text[i]))
            return -1;
        if (value < SECONDS_MAX)
            value = value * 10 + (text[i] - '0');
    }
    return len > 0 ? value : -1;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return len == strlen(word) && strncasecmp(text, word, len) == 0;
}

int64_t headers_lifetime(const char *cache_control)
{
    int64_t lifetime = 0;

    for (const char *p = cache_control; *p != '\0'; p += strcspn(p, ",")) {
        size_t name, value;

        p += strspn(p, ", \t");
        name = strcspn(p, "=, \t");
        if (is_word(p, name, "no-store") || is_word(p, name, "no-cache"))
            return 0;
        if (p[name] != '=')
            continue;
        value = strcspn(p + name + 1, ", \t");
        if (is_word(p, name, "max-age") || is_word(p, name, "s-maxage")) {
            int64_t said = seconds(p + name + 1, value);

            lifetime = said > lifetime ? said : lifetime;
        }
    }
    return lifetime;
}

int64_t headers_age(const char *age)
{
    int64_t said = seconds(age, strlen(age));

    return said > 0 ? said : 0;
}

void headers_look(struct auditing *auditing)
{
    struct findings *findings = &auditing->audit->findings;
    const struct mirror *mirror = &auditing->mirror;
    char value[FETCH_HEADER_OCTETS];

    if (mirror->answer.redirects > 0)
        findings_add(findings, FINDING_NOTE, FINDING_REDIRECT, "%sHEAD: redirected, %ld time%s",
                     mirror->url, mirror->answer.redirects,
                     mirror->answer.redirects == 1 ? "" : "s");
    if (fetch_header(mirror->fetcher, "Cache-Control", value) && headers_lifetime(value) >= DAY)
        findings_add(findings, FINDING_WARNING, FINDING_CACHE,
                     "%sHEAD: may be kept on the way for %" PRId64
                     " hours: clients may see a new serial that much later",
                     mirror->url, headers_lifetime(value) / HOUR);
    if (fetch_header(mirror->fetcher, "Age", value) && headers_age(value) >= DAY)
        findings_add(findings, FINDING_WARNING, FINDING_CACHE,
                     "%sHEAD: a cache on the way has kept it for %" PRId64 " hours", mirror->url,
                     headers_age(value) / HOUR);
}
