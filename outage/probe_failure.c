#include "outage/probe_failure.h"
#include <ares.h>

const char *probe_failure_text(enum probe_failure failure)
{
    switch (failure) {
    case PROBE_NO_ANSWER:
        return "no answer";
    case PROBE_REFUSED:
        return "REFUSED";
    case PROBE_LAME:
        return "lame server";
    default:
        return ares_strerror((int)failure);
    }
}
