/* What fills a store: not an octet more than a CDB can address. */
#include "base/error.h"
#include "registry/store_size.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_full(void **state)
{
    uint64_t size = STORE_SIZE_EMPTY;

    (void)state;
    assert_int_equal(store_size_add(&size, 5, 6), 0);
    assert_int_equal(size, 2048 + 8 + 5 + 6 + 16);
    size = UINT32_MAX - 35;
    assert_int_equal(store_size_add(&size, 5, 7), E_STORE_FULL);
    assert_int_equal(size, UINT32_MAX - 35);
    assert_int_equal(store_size_add(&size, 5, 6), 0);
    assert_int_equal(size, UINT32_MAX);
    assert_int_equal(store_size_add(&size, 0, 0), E_STORE_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_full)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
