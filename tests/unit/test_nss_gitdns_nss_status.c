#include "nss_gitdns/nss_status.h"
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define OTHER 4711

struct row {
    enum outcome outcome;
    int standing;       /* h_errno on entry */
    int standing_error; /* errno on entry */
    enum nss_status status;
    int error;
    int h_error;
};

static const struct row table[] = {
    {OUTCOME_HIT, NETDB_INTERNAL, OTHER, NSS_STATUS_SUCCESS, OTHER, NETDB_SUCCESS},
    {OUTCOME_HIT, NETDB_SUCCESS, OTHER, NSS_STATUS_SUCCESS, OTHER, NETDB_SUCCESS},
    {OUTCOME_HIT, HOST_NOT_FOUND, OTHER, NSS_STATUS_SUCCESS, OTHER, NETDB_SUCCESS},
    {OUTCOME_HIT, TRY_AGAIN, OTHER, NSS_STATUS_SUCCESS, OTHER, NETDB_SUCCESS},
    {OUTCOME_HIT, NO_RECOVERY, EMSGSIZE, NSS_STATUS_SUCCESS, EMSGSIZE, NETDB_SUCCESS},
    {OUTCOME_HIT, NO_DATA, OTHER, NSS_STATUS_SUCCESS, OTHER, NETDB_SUCCESS},
    {OUTCOME_HIT, 42, EMFILE, NSS_STATUS_SUCCESS, EMFILE, NETDB_SUCCESS},

    {OUTCOME_TOO_SMALL, NETDB_INTERNAL, OTHER, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
    {OUTCOME_TOO_SMALL, NETDB_SUCCESS, OTHER, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
    {OUTCOME_TOO_SMALL, HOST_NOT_FOUND, OTHER, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
    {OUTCOME_TOO_SMALL, TRY_AGAIN, OTHER, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
    {OUTCOME_TOO_SMALL, NO_RECOVERY, EMSGSIZE, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
    {OUTCOME_TOO_SMALL, NO_DATA, OTHER, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
    {OUTCOME_TOO_SMALL, 42, EMFILE, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},

    {OUTCOME_PASS, NETDB_INTERNAL, OTHER, NSS_STATUS_UNAVAIL, OTHER, NETDB_INTERNAL},
    {OUTCOME_PASS, NETDB_INTERNAL, EMFILE, NSS_STATUS_UNAVAIL, EMFILE, NETDB_INTERNAL},
    {OUTCOME_PASS, NETDB_INTERNAL, EBUSY, NSS_STATUS_TRYAGAIN, EBUSY, TRY_AGAIN},
    {OUTCOME_PASS, HOST_NOT_FOUND, OTHER, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {OUTCOME_PASS, HOST_NOT_FOUND, EMFILE, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {OUTCOME_PASS, HOST_NOT_FOUND, EMSGSIZE, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {OUTCOME_PASS, TRY_AGAIN, OTHER, NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
    {OUTCOME_PASS, TRY_AGAIN, EMFILE, NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
    {OUTCOME_PASS, TRY_AGAIN, EBUSY, NSS_STATUS_TRYAGAIN, EBUSY, TRY_AGAIN},
    {OUTCOME_PASS, NO_RECOVERY, OTHER, NSS_STATUS_NOTFOUND, ENOENT, NO_RECOVERY},
    {OUTCOME_PASS, NO_RECOVERY, EMSGSIZE, NSS_STATUS_UNAVAIL, EMSGSIZE, NO_RECOVERY},
    {OUTCOME_PASS, NO_DATA, OTHER, NSS_STATUS_NOTFOUND, ENOENT, NO_DATA},
    {OUTCOME_PASS, NO_DATA, EMSGSIZE, NSS_STATUS_NOTFOUND, ENOENT, NO_DATA},
    {OUTCOME_PASS, NETDB_SUCCESS, OTHER, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {OUTCOME_PASS, NETDB_SUCCESS, EMFILE, NSS_STATUS_UNAVAIL, EMFILE, NETDB_SUCCESS},
    {OUTCOME_PASS, NETDB_SUCCESS, ENFILE, NSS_STATUS_UNAVAIL, ENFILE, NETDB_SUCCESS},
    {OUTCOME_PASS, 5, OTHER, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {OUTCOME_PASS, -2, OTHER, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {OUTCOME_PASS, 42, OTHER, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
    {OUTCOME_NO_FAMILY, TRY_AGAIN, OTHER, NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
    {OUTCOME_NO_FAMILY, HOST_NOT_FOUND, OTHER, NSS_STATUS_NOTFOUND, ENOENT, HOST_NOT_FOUND},
};

static void check(const struct row *row,
                  enum nss_status said(enum outcome outcome, int *errnop, int *h_errnop))
{
    int error = row->standing_error, h_error = row->standing;
    enum nss_status status = said(row->outcome, &error, &h_error);

    if (status != row->status || error != row->error || h_error != row->h_error)
        fail_msg("outcome %d, h_errno %d, errno %d: status %d, h_errno %d, errno %d", row->outcome,
                 row->standing, row->standing_error, status, h_error, error);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        check(&table[i], nss_status_of);
}

/* In front of dns, whatever an earlier look-up has left. */
static void test_outage(void **state)
{
    static const int standing[] = {
        NETDB_INTERNAL, NETDB_SUCCESS, HOST_NOT_FOUND, TRY_AGAIN, NO_RECOVERY, NO_DATA, 42};
    static const int errors[] = {0, OTHER, EBUSY, EMFILE, EMSGSIZE};

    (void)state;
    for (size_t i = 0; i < sizeof standing / sizeof *standing; i++)
        for (size_t k = 0; k < sizeof errors / sizeof *errors; k++) {
            int h = standing[i], e = errors[k];
            const struct row rows[] = {
                {OUTCOME_HIT, h, e, NSS_STATUS_SUCCESS, e, NETDB_SUCCESS},
                {OUTCOME_TOO_SMALL, h, e, NSS_STATUS_TRYAGAIN, ERANGE, NETDB_INTERNAL},
                {OUTCOME_NO_FAMILY, h, e, NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
                {OUTCOME_DRILL, h, e, NSS_STATUS_TRYAGAIN, EAGAIN, TRY_AGAIN},
                {OUTCOME_PASS, h, e, NSS_STATUS_UNAVAIL, e, HOST_NOT_FOUND},
            };

            for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
                check(&rows[row], nss_status_of_outage);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_outage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
