#include "registry/inflated.h"
#include "registry/delta.h"
#include <string.h>

bool inflated(const char *octets, size_t len)
{
    struct text_reader reader = {.private = true};
    const char *lf = memchr(octets, '\n', len);
    struct record record;

    return lf != NULL && delta_parse(&reader, octets, (size_t)(lf - octets), &record) == 0;
}
