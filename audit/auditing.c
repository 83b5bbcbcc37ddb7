#include "audit/auditing.h"

enum finding_kind auditing_kind(const struct fetch_answer *answer)
{
    if (answer->larger)
        return FINDING_SIZE;
    if (answer->status >= 300 && answer->status < 400)
        return FINDING_REDIRECT;
    return answer->status >= 400 ? FINDING_STATUS : FINDING_ANSWER;
}

void auditing_fail(struct auditing *auditing, enum finding_level level)
{
    static const enum finding_kind kinds[] = {
        [MIRROR_HEAD] = FINDING_HEAD,
        [MIRROR_SIGNATURE] = FINDING_SIGNATURE,
        [MIRROR_MANIFEST] = FINDING_MANIFEST,
        [MIRROR_OTHER] = FINDING_OTHER,
    };
    const struct mirror *mirror = &auditing->mirror;
    enum finding_kind kind =
        mirror->fault == MIRROR_NO_ANSWER ? auditing_kind(&mirror->answer) : kinds[mirror->fault];

    findings_add(&auditing->audit->findings, level, kind, "%s", mirror->error);
}
