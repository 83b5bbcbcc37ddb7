#include "base/stamp.h"
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

_Static_assert(sizeof(off_t) == 8 && sizeof(ino_t) == 8, "_FILE_OFFSET_BITS=64");
_Static_assert(sizeof(time_t) == 8, "_TIME_BITS=64, of glibc 2.34 and later");

uint64_t file_stamp(const struct stat *st)
{
    const uint64_t parts[] = {st->st_dev,
                              st->st_ino,
                              (uint64_t)st->st_size,
                              (uint64_t)st->st_mtim.tv_sec,
                              (uint64_t)st->st_mtim.tv_nsec,
                              (uint64_t)st->st_ctim.tv_sec,
                              (uint64_t)st->st_ctim.tv_nsec};
    uint64_t stamp = 0;

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        stamp = (stamp ^ parts[i]) * UINT64_C(0x9e3779b97f4a7c15);
        stamp ^= stamp >> 32;
    }
    return stamp | 1;
}
