#include "cli/format.h"
#include "base/number.h"
#include <inttypes.h>
#include <string.h>

const char *format_distance(int64_t from, int64_t to, char out[FORMAT_OCTETS])
{
    static const struct {
        int64_t seconds;
        const char *name;
    } units[] = {{DAY, "day"}, {HOUR, "hour"}, {MINUTE, "minute"}, {1, "second"}};
    int64_t seconds = to > from ? to - from : from - to;
    size_t i = 0;

    if (seconds == 0)
        return strcpy(out, "now");
    while (i < 3 && seconds < 2 * units[i].seconds)
        i++;
    seconds = seconds / units[i].seconds + (seconds % units[i].seconds * 2 >= units[i].seconds);
    snprintf(out, FORMAT_OCTETS, "%s%" PRId64 " %s%s%s", to > from ? "in " : "", seconds,
             units[i].name, seconds == 1 ? "" : "s", to > from ? "" : " ago");
    return out;
}

const char *format_wait(int seconds, char out[FORMAT_OCTETS])
{
    if (seconds < 0)
        return "minutes";
    if (seconds == 0)
        return "at once";
    snprintf(out, FORMAT_OCTETS, "%d.0 s", seconds);
    return out;
}

const char *format_count(uint64_t count, char out[FORMAT_OCTETS])
{
    char *p = out + FORMAT_OCTETS;
    int digits = 0;

    *--p = '\0';
    do {
        if (digits > 0 && digits % 3 == 0)
            *--p = ',';
        *--p = (char)('0' + count % 10);
        digits++;
        count /= 10;
    } while (count > 0);
    return memmove(out, p, (size_t)(out + FORMAT_OCTETS - p));
}

void print_json_string(FILE *file, const char *string)
{
    fputc('"', file);
    for (const char *p = string; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\')
            fprintf(file, "\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            fprintf(file, "\\u%04x", c);
        else
            fputc(c, file);
    }
    fputc('"', file);
}
