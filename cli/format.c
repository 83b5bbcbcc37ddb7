#include "cli/format.h"
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#define COLUMNS 80

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

void print_wrapped(const char *text, unsigned at, unsigned indent)
{
    bool first = true;

    while (*text != '\0') {
        int len = (int)strcspn(text, " ");

        if (!first && at + 1 + (unsigned)len > COLUMNS) {
            printf("\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            putchar(' ');
            at++;
        }
        printf("%.*s", len, text);
        at += (unsigned)len;
        text += len;
        text += strspn(text, " ");
        first = false;
    }
    putchar('\n');
}
