#include "cli/drill_kept.h"
#include "base/span.h"
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
    char distance[SPAN_OCTETS], share[DRILL_SHARE_OCTETS];

    snprintf(out, DRILL_TEXT_OCTETS, "%.60s: %s would work",
             span_distance(now, kept->made, distance), drill_share(survey_kept_share(kept), share));
    return out;
}

void drill_kept_print_json(struct json *json, const struct survey_kept *kept)
{
    if (kept->made == 0)
        return;
    json_open(json, "drill", '{');
    json_time(json, "made", kept->made);
    json_number(json, "names", (int64_t)kept->names);
    json_number(json, "of", (int64_t)kept->of);
    json_number(json, "would_work", (int64_t)kept->work);
    json_share(json, "share", survey_kept_share(kept));
    json_close(json, '}');
}
