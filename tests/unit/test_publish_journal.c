/* The journal: what was written comes back, up to where it was torn. */
#include "base/base.h"
#include "publish/journal.h"
#include "scratch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/time.h>

#include <cmocka.h>

#define NOW 1000000
#define ENTRIES 20

static const unsigned char key[SHA256_OCTETS] = {1, 2, 3};

static struct answer make_answer(unsigned i, unsigned family)
{
    struct answer answer = {.finding = (enum finding)(i % 4),
                            .silent = i % 3 == 0,
                            .refused = (uint8_t)i,
                            .octets = (uint8_t)family_octets(family)};

    if (answer.finding == FINDING_FOUND) {
        answer.count = (uint8_t)(i % (ANSWER_ADDRESSES_MAX + 1));
        memset(answer.address, (int)(i + family), sizeof answer.address);
        answer.cname_len = (uint8_t)sprintf(answer.cname, "n%u.example.org", i);
    }
    return answer;
}

static void add(struct journal *journal, unsigned i)
{
    struct answer a = make_answer(i, A), aaaa = make_answer(i / 2, AAAA);
    char name[16];
    struct journal_entry entry = {.sample = i / 10,
                                  .name = name,
                                  .len = (size_t)sprintf(name, "n%u.org", i),
                                  .answer = {i % 5 == 1 ? NULL : &a, i % 5 == 2 ? NULL : &aaaa}};

    assert_int_equal(journal_add(journal, &entry), 0);
}

static void expect_answer(const struct answer *got, bool asked, struct answer want)
{
    assert_int_equal(got != NULL, asked);
    if (!asked)
        return;
    assert_int_equal(got->finding, want.finding);
    assert_int_equal(got->silent, want.silent);
    assert_int_equal(got->refused, want.refused);
    assert_int_equal(got->count, want.count);
    assert_int_equal(got->octets, want.octets);
    for (unsigned i = 0; i < want.count; i++)
        assert_memory_equal(got->address[i], want.address[i], want.octets);
    assert_int_equal(got->cname_len, want.cname_len);
    assert_memory_equal(got->cname, want.cname, want.cname_len);
}

/* How many entries come back, each of which must be right. */
static unsigned read_all(struct journal *journal)
{
    struct journal_entry entry;
    unsigned n = 0;
    char name[16];

    for (; journal_next(journal, &entry) > 0; n++) {
        assert_int_equal(entry.len, sprintf(name, "n%u.org", n));
        assert_memory_equal(entry.name, name, entry.len);
        assert_int_equal(entry.sample, n / 10);
        expect_answer(entry.answer[A], n % 5 != 1, make_answer(n, A));
        expect_answer(entry.answer[AAAA], n % 5 != 2, make_answer(n / 2, AAAA));
    }
    return n;
}

static struct journal *open_at(const struct scratch *s, int64_t now, int64_t *began)
{
    struct journal *journal = NULL;

    assert_int_equal(journal_open(&journal, s->directory, key, now, 0, 0, began), 0);
    return journal;
}

static void write_all(const struct scratch *s)
{
    struct journal *journal;
    int64_t began;

    journal = open_at(s, NOW, &began);
    assert_int_equal(began, NOW);
    assert_int_equal(read_all(journal), 0);
    for (unsigned i = 0; i < ENTRIES; i++)
        add(journal, i);
    assert_int_equal(journal_flush(journal), 0);
    journal_close(journal);
}

static void test_round(void **state)
{
    struct journal *journal;
    struct scratch s;
    int64_t began = 0;

    (void)state;
    scratch_open(&s);
    write_all(&s);
    journal = open_at(&s, NOW + 5, &began);
    assert_int_equal(began, NOW);
    assert_int_equal(read_all(journal), ENTRIES);
    add(journal, ENTRIES);
    journal_close(journal);
    journal = open_at(&s, NOW + 9, &began);
    assert_int_equal(read_all(journal), ENTRIES + 1);
    journal_close(journal);
    journal_remove(s.directory);
    assert_int_equal(access(scratch_path(&s, JOURNAL_FILE), F_OK), -1);
    scratch_close(&s);
}

/* Cut anywhere, or with a wrong octet anywhere, it gives the entries before; what is added then
 * comes after them. */
static void test_torn(void **state)
{
    struct journal *journal;
    struct scratch s;
    int64_t began;
    size_t len;
    char *octets;

    (void)state;
    scratch_open(&s);
    write_all(&s);
    octets = scratch_read(&s, JOURNAL_FILE, &len);
    for (size_t at = 0; at < 2 * len; at++) {
        unsigned n;

        if (at < len) {
            scratch_write(&s, JOURNAL_FILE, octets, at);
        } else {
            octets[at - len] = (char)(octets[at - len] ^ 4);
            scratch_write(&s, JOURNAL_FILE, octets, len);
            octets[at - len] = (char)(octets[at - len] ^ 4);
        }
        /* A clock beyond any flipped bit in the time of the beginning. */
        journal = open_at(&s, INT64_MAX, &began);
        n = read_all(journal);
        assert_true(n < ENTRIES || at == len + 17 + SHA256_OCTETS + 7 || began != NOW);
        add(journal, n);
        journal_close(journal);
        journal = open_at(&s, INT64_MAX, &began);
        assert_int_equal(read_all(journal), n + 1);
        journal_close(journal);
    }
    free(octets);
    scratch_close(&s);
}

static void test_another(void **state)
{
    const struct timeval old[2] = {{.tv_sec = 500}, {.tv_sec = 500}};
    unsigned char other[SHA256_OCTETS] = {1, 2, 4};
    struct journal *journal = NULL;
    struct scratch s;
    int64_t began;

    (void)state;
    scratch_open(&s);
    write_all(&s);
    /* From the future: the clock has been set back. */
    journal = open_at(&s, NOW - 1, &began);
    assert_int_equal(began, NOW - 1);
    assert_int_equal(read_all(journal), 0);
    journal_close(journal);
    journal_remove(s.directory);
    write_all(&s);
    assert_int_equal(journal_open(&journal, s.directory, other, NOW + 1, 0, 0, &began), 0);
    assert_int_equal(began, NOW + 1);
    assert_int_equal(read_all(journal), 0);
    journal_close(journal);
    journal_remove(s.directory);
    write_all(&s);
    assert_int_equal(utimes(scratch_path(&s, JOURNAL_FILE), old), 0);
    assert_int_equal(journal_open(&journal, s.directory, key, NOW + 2, 501, 0, &began), 0);
    assert_int_equal(read_all(journal), 0);
    journal_close(journal);
    journal_remove(s.directory);
    /* One that goes on and on. */
    write_all(&s);
    assert_int_equal(journal_open(&journal, s.directory, key, NOW + 2, 0, NOW + 1, &began), 0);
    assert_int_equal(began, NOW + 2);
    assert_int_equal(read_all(journal), 0);
    journal_close(journal);
    scratch_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),
        cmocka_unit_test(test_torn),
        cmocka_unit_test(test_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
