#include "cli/drill_kept.h"
#include "cli/format.h"
#include "registry/manifest.h"
#include <inttypes.h>
#include <stdio.h>

const char *drill_share(double share, char out[DRILL_SHARE_OCTETS])
{
    int tenths = (int)(share * 1000 + 0.5);

    tenths = share < 1 && tenths == 1000 ? 999 : tenths;
    snprintf(out, DRILL_SHARE_OCTETS, "%d.%d %%", tenths / 10, tenths % 10);
    return out;
}

const char *drill_text(const struct survey_kept *kept, int64_t now, char out[DRILL_TEXT_OCTETS])
{
    char distance[FORMAT_OCTETS], share[DRILL_SHARE_OCTETS];

    snprintf(out, DRILL_TEXT_OCTETS, "%.60s: %s would work",
             format_distance(now, kept->made, distance),
             drill_share(survey_kept_share(kept), share));
    return out;
}

void drill_kept_print_json(const struct survey_kept *kept)
{
    char stamp[TIMESTAMP_OCTETS];

    if (kept->made == 0)
        return;
    timestamp_format(kept->made, stamp);
    printf(",\n  \"drill\": {\"made\": \"%s\", \"names\": %" PRIu64 ", \"of\": %" PRIu64
           ", \"would_work\": %" PRIu64 ", \"share\": %.4f}",
           stamp, kept->names, kept->of, kept->work, survey_kept_share(kept));
}
