#include "base/number.h"
#include <string.h>

int64_t number_parse(const char *text, const char **rest)
{
    int64_t number = 0;
    const char *p = text;

    for (; *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, *p - '0', &number))
            return -1;
    *rest = p;
    return p == text ? -1 : number;
}

static int64_t seconds_of(char unit)
{
    switch (unit) {
    case 'w':
        return 7 * DAY;
    case 'd':
        return DAY;
    case 'h':
        return HOUR;
    case 'm':
        return MINUTE;
    default:
        return 1;
    }
}

int64_t duration_parse(const char *text, const char *units)
{
    const char *unit;
    int64_t number = number_parse(text, &unit);

    if (number < 0 || (number == 0 && *unit == '\0'))
        return number;
    if (*unit == '\0' || unit[1] != '\0' || strchr(units, *unit) == NULL)
        return -1;
    return __builtin_mul_overflow(number, seconds_of(*unit), &number) ? INT64_MAX : number;
}
