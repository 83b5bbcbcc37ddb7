/* Which mirrors are asked on, and which offers may take the place of what is in hand. */
#include "syncd/acceptance.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DAY 86400
#define CREATED INT64_C(1800000000)
#define EXPIRES (CREATED + 60 * DAY)
#define NOW (CREATED + DAY)
#define MAX_OCTETS 1000000

static struct config_registry registry;
static struct newest newest;
static struct offer offer;
static char cause[MESSAGE_OCTETS];

/* What is in hand: serial 42, until it expires. What is offered: the same again. */
static int set_up(void **state)
{
    static const char text[] = "serial 42";

    (void)state;
    registry = (struct config_registry){.max_octets = MAX_OCTETS};
    offer = (struct offer){.manifest = {.serial = 42,
                                        .created = CREATED,
                                        .expires = EXPIRES,
                                        .text_octets = 1000,
                                        .snapshot_octets = 300},
                           .text_len = strlen(text)};
    memcpy(offer.text, text, strlen(text));
    newest = (struct newest){.present = true,
                             .binding = true,
                             .manifest = offer.manifest,
                             .text_len = offer.text_len,
                             .deadline = EXPIRES};
    memcpy(newest.text, offer.text, offer.text_len);
    cause[0] = '\0';
    return 0;
}

static enum acceptance accepted(int64_t now)
{
    return acceptance_of_offer(&registry, &newest, &offer, now, cause);
}

static void refused(int64_t now, const char *why)
{
    assert_int_equal(accepted(now), ACCEPTANCE_REFUSED);
    assert_string_equal(cause, why);
}

static void test_head(void **state)
{
    (void)state;
    assert_int_equal(acceptance_of_head(&newest, 43, cause), ACCEPTANCE_INSTALL);
    assert_int_equal(acceptance_of_head(&newest, 42, cause), ACCEPTANCE_INSTALL);
    assert_int_equal(acceptance_of_head(&newest, 41, cause), ACCEPTANCE_REFUSED);
    assert_string_equal(cause, "serial 41 is lower than the one in hand");
    newest.binding = false;
    assert_int_equal(acceptance_of_head(&newest, 41, cause), ACCEPTANCE_INSTALL);
}

static void test_newer(void **state)
{
    (void)state;
    offer.manifest.serial = 43;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
    newest.binding = false;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
}

static void test_same(void **state)
{
    (void)state;
    assert_int_equal(accepted(NOW), ACCEPTANCE_UP_TO_DATE);
    /* Of another registry, or by another key. */
    newest.binding = false;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
}

static void test_same_serial_other_manifest(void **state)
{
    (void)state;
    offer.text[0] = 'S';
    refused(NOW, "same serial with another manifest");
    offer.text[0] = 's';
    offer.text_len--;
    refused(NOW, "same serial with another manifest");
    newest.binding = false;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
}

/* Another max-age is another deadline, which stands in the store. */
static void test_max_age(void **state)
{
    (void)state;
    registry.max_age = 10 * DAY;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
    newest.deadline = CREATED + 10 * DAY;
    assert_int_equal(accepted(NOW), ACCEPTANCE_UP_TO_DATE);
    registry.max_age = 90 * DAY;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
    newest.deadline = EXPIRES;
    assert_int_equal(accepted(NOW), ACCEPTANCE_UP_TO_DATE);
}

static void test_expired(void **state)
{
    (void)state;
    assert_int_equal(accepted(EXPIRES - 1), ACCEPTANCE_UP_TO_DATE);
    refused(EXPIRES,
            "expired at 2027-03-16T08:00:00Z; this machine's clock says 2027-03-16T08:00:00Z");
    newest.binding = false;
    refused(EXPIRES,
            "expired at 2027-03-16T08:00:00Z; this machine's clock says 2027-03-16T08:00:00Z");
}

/* What is in hand was made at a time that the clock does not know yet. */
static void test_clocks_apart(void **state)
{
    char text[MESSAGE_OCTETS];

    (void)state;
    /* A board without a clock needs names to set it. */
    assert_int_equal(accepted(0), ACCEPTANCE_UP_TO_DATE);
    assert_true(acceptance_doubts_clocks(&offer.manifest, 0, text));
    assert_non_null(
        strstr(text, "serial 42 was made at 2027-01-15T08:00:00Z by its publisher's clock"));
    assert_non_null(strstr(text, "this machine's says 1970-01-01T00:00:00Z"));
    assert_false(
        acceptance_doubts_clocks(&offer.manifest, CREATED - ACCEPTANCE_CLOCKS_APART, text));
    /* The publisher's clock was ten years ahead, and it has mended that. */
    newest.manifest.created += 3650 * DAY;
    newest.manifest.expires += 3650 * DAY;
    offer.manifest.serial = 43;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
}

static void test_too_large(void **state)
{
    (void)state;
    offer.manifest.serial = 43;
    offer.manifest.text_octets = MAX_OCTETS;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
    offer.manifest.text_octets++;
    refused(NOW, "text of 1000001 octets is larger than max-size = 1000000");
    offer.manifest.text_octets = 1;
    offer.manifest.snapshot_octets = MAX_OCTETS + 2024;
    assert_int_equal(accepted(NOW), ACCEPTANCE_INSTALL);
    offer.manifest.snapshot_octets++;
    refused(NOW, "snapshot of 1002025 octets is larger than max-size = 1000000");
    offer.manifest.snapshot_octets = UINT64_MAX;
    assert_int_equal(accepted(NOW), ACCEPTANCE_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_head, set_up),
        cmocka_unit_test_setup(test_newer, set_up),
        cmocka_unit_test_setup(test_same, set_up),
        cmocka_unit_test_setup(test_same_serial_other_manifest, set_up),
        cmocka_unit_test_setup(test_max_age, set_up),
        cmocka_unit_test_setup(test_expired, set_up),
        cmocka_unit_test_setup(test_clocks_apart, set_up),
        cmocka_unit_test_setup(test_too_large, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
