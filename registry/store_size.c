#include "registry/store_size.h"
#include "base/error.h"

/* A test has stores that are full sooner. */
#ifndef STORE_SIZE_MAX
#define STORE_SIZE_MAX UINT32_MAX
#endif

int store_size_add(uint64_t *size, size_t key_len, size_t value_len)
{
    uint64_t more = *size + key_len + value_len + STORE_SIZE_RECORD;

    if (more > STORE_SIZE_MAX)
        return E_STORE_FULL;
    *size = more;
    return 0;
}
