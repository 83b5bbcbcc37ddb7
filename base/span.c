#include "base/span.h"
#include "base/number.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *span_text(int64_t seconds, char out[SPAN_OCTETS])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{DAY, "day"}, {HOUR, "hour"}, {MINUTE, "minute"}, {1, "second"}};
    size_t i = 0;

    while (i < 3 && seconds < 2 * units[i].seconds)
        i++;
    seconds = seconds / units[i].seconds + (seconds % units[i].seconds * 2 >= units[i].seconds);
    snprintf(out, SPAN_OCTETS, "%" PRId64 " %s%s", seconds, units[i].name, seconds == 1 ? "" : "s");
    return out;
}

const char *span_distance(int64_t from, int64_t to, char out[SPAN_OCTETS])
{
    char span[SPAN_OCTETS];

    if (from == to)
        return strcpy(out, "now");
    span_text(to > from ? to - from : from - to, span);
    snprintf(out, SPAN_OCTETS, "%s%.50s%s", to > from ? "in " : "", span, to > from ? "" : " ago");
    return out;
}
