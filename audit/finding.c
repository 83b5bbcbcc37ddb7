#include "audit/finding.h"

static const char *const levels[] = {
    [FINDING_NOTE] = "note",
    [FINDING_WARNING] = "warning",
    [FINDING_ERROR] = "error",
};

static const char *const kinds[] = {
    [FINDING_ANSWER] = "answer",
    [FINDING_FAMILY] = "family",
    [FINDING_STATUS] = "status",
    [FINDING_REDIRECT] = "redirect",
    [FINDING_HEAD] = "head",
    [FINDING_CACHE] = "cache",
    [FINDING_SIGNATURE] = "signature",
    [FINDING_MANIFEST] = "manifest",
    [FINDING_OTHER] = "other",
    [FINDING_EXPIRED] = "expired",
    [FINDING_AGE] = "age",
    [FINDING_CLOCK] = "clock",
    [FINDING_HISTORY] = "history",
    [FINDING_LARGE] = "large",
    [FINDING_SIZE] = "size",
    [FINDING_HASH] = "hash",
    [FINDING_INFLATED] = "inflated",
    [FINDING_COMPRESSED] = "compressed",
    [FINDING_RANGE] = "range",
    [FINDING_DELTA] = "delta",
    [FINDING_TEXT] = "text",
    [FINDING_PRIVATE] = "private",
    [FINDING_BEHIND] = "behind",
    [FINDING_DIFFERS] = "differs",
    [FINDING_MACHINE] = "machine",
};

void findings_add(struct findings *findings, enum finding_level level, enum finding_kind kind,
                  const char *format, ...)
{
    struct finding *finding = &findings->finding[findings->count];
    va_list arguments;

    findings->levels[level]++;
    if (findings->count == FINDINGS_MAX) {
        findings->more++;
        return;
    }
    findings->count++;
    finding->level = level;
    finding->kind = kind;
    va_start(arguments, format);
    message_set_list(finding->text, format, arguments);
    va_end(arguments);
}

const char *finding_level_word(enum finding_level level)
{
    return levels[level];
}

const char *finding_kind_word(enum finding_kind kind)
{
    return kinds[kind];
}

bool findings_are_fine(const struct findings *findings)
{
    return findings->levels[FINDING_WARNING] + findings->levels[FINDING_ERROR] == 0;
}
