#include "publish/skips.h"
#include "base/error.h"
#include "publish/problem.h"
#include "registry/u_label.h"
#include <string.h>

static enum skip_kind kind_of(int code)
{
    switch (code) {
    case E_NAME_SPECIAL:
        return SKIP_SPECIAL;
    case E_ADDRESS_REFUSED:
        return SKIP_ADDRESS;
    case E_ENTRY_ADDRESS:
        return SKIP_LITERAL;
    case E_ADDRESS_COUNT:
        return SKIP_TOO_MANY;
    default:
        return SKIP_MALFORMED;
    }
}

static const char *why(int code)
{
    switch (code) {
    case E_ENTRY_NAMELESS:
        return "address without a name";
    case E_ENTRY_JOINED:
        return "stands after an address in a name's place";
    case E_ENTRY_SECOND:
        return "a second word on its line";
    case E_ENTRY_ADDRESS:
        return "an address, not a name";
    case E_NAME_SPECIAL:
        return "special-use name, which --private takes";
    case E_ADDRESS_REFUSED:
        return "address that is not globally reachable, which --private takes";
    default:
        return error_text(code);
    }
}

/* Nothing that a terminal would obey. */
static void copy_printable(char *out, const char *word, size_t len)
{
    size_t n = len < SKIP_WORD_MAX ? len : SKIP_WORD_MAX;

    for (size_t i = 0; i < n; i++)
        out[i] = (char)(word[i] > ' ' && word[i] <= '~' ? word[i] : '?');
    memcpy(out + n, n < len ? "..." : "\0\0\0", sizeof "...");
}

void skips_add(struct skips *skips, int code, uint64_t line, const char *word, size_t len)
{
    enum skip_kind kind = kind_of(code);
    struct skip skip = {.source = line > 0 ? skips->source : "DNS", .line = line};
    uint64_t before = skips->count[kind]++;

    if (skips->each == NULL && before >= SKIPS_SHOWN)
        return;
    skip.why = why(code);
    copy_printable(skip.word, word, len);
    if (skips->each != NULL)
        skips->each(&skip);
    else
        skips->shown[kind][before] = skip;
}

void skips_converted(struct skips *skips, uint64_t line, const char *word, size_t len,
                     const char *name)
{
    struct conversion *to;

    if (!u_label_is_needed(word, len) || skips->conversions++ >= SKIPS_SHOWN)
        return;
    to = &skips->converted[skips->conversions - 1];
    to->source = skips->source;
    to->line = line;
    /* What has become A-labels holds nothing that a terminal would obey. */
    if (len <= SKIP_WORD_MAX)
        memcpy(to->word, word, len);
    else
        copy_printable(to->word, word, len);
    strcpy(to->name, name);
}
