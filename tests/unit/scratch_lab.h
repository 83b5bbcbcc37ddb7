/* For cmocka's tests that have one folder, made before them and removed after them. */
#ifndef TESTS_SCRATCH_LAB_H
#define TESTS_SCRATCH_LAB_H

#include "tests/unit/scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct scratch scratch;

static inline int set_up_scratch(void **state)
{
    (void)state;
    scratch_open(&scratch);
    return 0;
}

static inline int tear_down_scratch(void **state)
{
    (void)state;
    scratch_close(&scratch);
    return 0;
}

#endif
