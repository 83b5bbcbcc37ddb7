#include "outage/probe_failure.h"
#include <errno.h>

const char *probe_failure_text(enum probe_failure failure)
{
    static const char *const texts[] = {
        [PROBE_NO_ANSWER] = "no answer",    [PROBE_UNREACHABLE] = "unreachable",
        [PROBE_SERVFAIL] = "SERVFAIL",      [PROBE_NOTIMP] = "NOTIMP",
        [PROBE_REFUSED] = "REFUSED",        [PROBE_LAME] = "lame server",
        [PROBE_BROKEN] = "broken answer",   [PROBE_FORBIDDEN] = "not permitted to ask",
        [PROBE_NO_MEANS] = "could not ask",
    };

    return texts[failure];
}

enum probe_failure probe_failure_of(int error)
{
    switch (error) {
    case EPERM:
    case EACCES:
        return PROBE_FORBIDDEN;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
    case EAGAIN:
        return PROBE_NO_MEANS;
    default:
        return PROBE_UNREACHABLE;
    }
}
