#include "copy/deadline.h"

int64_t deadline_of(const struct manifest *manifest, int64_t max_age)
{
    int64_t aged = manifest->created + max_age;

    return max_age > 0 && aged < manifest->expires ? aged : manifest->expires;
}
