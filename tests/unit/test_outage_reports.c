/* What the daemon takes from the report socket, of which anybody may write anything into it: names
 * in normal form from all, a look from all, another word from root alone. Real sockets, as the
 * kernel tells who wrote. */
#include "copy/control.h"
#include "outage/discard.h"
#include "outage/reports.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534
#define SECRET "0123456789abcdef0123456789abcdef"

static int reader = -1, writer = -1;
static unsigned names, denials, forces, looks;
static char last_name[NAME_MAX_OCTETS + 1];
static struct control last_force;

static uid_t last_uid;

static void on_name(void *context, const char *name, size_t len, uid_t uid)
{
    last_uid = uid;
    assert_ptr_equal(context, &names);
    assert_in_range(len, 1, NAME_MAX_OCTETS);
    memcpy(last_name, name, len);
    last_name[len] = '\0';
    names++;
}

static void on_denied(void *context, const char *name, size_t len)
{
    assert_ptr_equal(context, &names);
    assert_int_equal(name_check(name, len), 0);
    denials++;
}

static void on_force(void *context, const struct control *control)
{
    assert_ptr_equal(context, &names);
    last_force = *control;
    forces++;
}

static void on_look(void *context)
{
    assert_ptr_equal(context, &names);
    looks++;
}

static unsigned read_batch(void)
{
    const struct reports_handler handler = {on_name, on_denied, on_force, on_look, &names, SECRET};

    return reports_read(reader, &handler);
}

static int set_up(void **state)
{
    int pair[2], yes = 1;

    (void)state;
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return -1;
    reader = pair[0];
    writer = pair[1];
    names = forces = looks = 0;
    return setsockopt(reader, SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
}

static int tear_down(void **state)
{
    (void)state;
    close(reader);
    close(writer);
    return 0;
}

static void send_octets(const char *octets, size_t len)
{
    assert_int_equal(send(writer, octets, len, MSG_DONTWAIT), len);
}

static void test_names(void **state)
{
    static const char longest[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
                                  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb."
                                  "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc."
                                  "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd";
    static const char *const good[] = {"example.com", "localhost", "x_y-z.example.com", longest};

    (void)state;
    assert_int_equal(strlen(longest), NAME_MAX_OCTETS);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        send_octets(good[i], strlen(good[i]));
        assert_int_equal(read_batch(), 1);
        assert_int_equal(names, i + 1);
        assert_string_equal(last_name, good[i]);
    }
    assert_int_equal(read_batch(), 0);
    assert_int_equal(forces, 0);
}

static void test_denials(void **state)
{
    static const char *const bad[] = {"?", "??a.example", "?a..example", "?A.example"};

    (void)state;
    denials = 0;
    send_octets("?www.example.com", strlen("?www.example.com"));
    assert_int_equal(read_batch(), 1);
    assert_int_equal(denials, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        send_octets(bad[i], strlen(bad[i]));
        assert_int_equal(read_batch(), 1);
    }
    assert_int_equal(denials, 1);
}

static void test_garbage(void **state)
{
    static const struct {
        const char *octets;
        size_t len;
    } garbage[] = {
        {"", 0},
        {".", 1},
        {"Example.com", 11},
        {"example.com.", 12},
        {"example.com\0", 12},
        {"example.com\nevil", 16},
        {"example..com", 12},
        {"8.8.8.8", 7},
        {"on", 3},
        {"\0", 1},
        {"\0onn", 4},
        {"\0o", 2},
        {"\0on\0", 4},
        {"\0on", 3},
        {"\0on ", 4},
        {"\0on 0123456789abcdef0123456789abcdee", 36},
        {"\0on 0123456789abcdef0123456789abcdef0", 37},
        {"\0ON", 3},
        {"\0example.com", 12},
    };
    char large[8192];

    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        send_octets(garbage[i].octets, garbage[i].len);
        assert_int_equal(read_batch(), 1);
        if (names + forces > 0)
            fail_msg("case %zu is taken", i);
    }
    memset(large, 'a', sizeof large);
    for (size_t len = NAME_MAX_OCTETS + 1; len <= sizeof large; len *= 2) {
        /* Cut to the longest name, it would be one. */
        for (size_t at = 50; at < len; at += 50)
            large[at] = '.';
        send_octets(large, len);
        assert_int_equal(read_batch(), 1);
        assert_int_equal(names, 0);
    }
}

/* So many at a time, however many there are. */
static void test_batch(void **state)
{
    unsigned sent = 0;

    (void)state;
    while (send(writer, "example.com", 11, MSG_DONTWAIT) == 11)
        sent++;
    assert_int_equal(errno, EAGAIN);
    assert_true(sent > 0);
    for (unsigned left = sent; left > 0;) {
        unsigned count = read_batch();

        assert_int_equal(count, left < REPORTS_BATCH ? left : REPORTS_BATCH);
        left -= count;
    }
    assert_int_equal(names, sent);
    /* A batch that empties the queue is one in which others may have found it full. */
    assert_in_range(reports_full(), 1, REPORTS_BATCH);
    assert_true(reports_full() <= sent);
}

static void send_word(enum board_forced forced)
{
    char message[1 + CONTROL_MESSAGE_OCTETS] = {REPORT_CONTROL};

    const struct control control = {forced, forced == BOARD_DRILL ? 600 : 0};

    send_octets(message, 1 + control_message(&control, SECRET, message + 1));
}

static void test_words_of_root(void **state)
{
    (void)state;
    for (enum board_forced forced = BOARD_AUTO; forced <= BOARD_DRILL; forced++) {
        send_word(forced);
        assert_int_equal(read_batch(), 1);
        if (geteuid() == 0)
            assert_int_equal(last_force.forced, forced);
    }
    assert_int_equal(forces, geteuid() == 0 ? 4 : 0);
    assert_int_equal(last_force.seconds, geteuid() == 0 ? 600 : 0);
    assert_int_equal(names, 0);
}

/* Writes as nobody, or as whoever runs this. */
static void test_words_of_others(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) < 0)
            _exit(1);
        send_word(BOARD_ON);
        send_octets("\0look", 5);
        send_octets("\0looks", 6);
        send_octets("\0loo", 4);
        send_octets("example.com", 11);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read_batch(), 5);
    assert_int_equal(forces, 0);
    assert_int_equal(looks, 1);
    assert_int_equal(names, 1);
}

static unsigned descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned n = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}

/* Descriptors that come along are not kept, and nobody gets anything by them. */
static void test_descriptors(void **state)
{
    unsigned before = descriptors();

    (void)state;
    for (int count = 1; count <= 8; count *= 2) {
        union {
            char octets[CMSG_SPACE(8 * sizeof(int))];
            struct cmsghdr align;
        } control = {.octets = {0}};
        char name[] = "example.com";
        struct iovec part = {name, strlen(name)};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = CMSG_SPACE((size_t)count * sizeof(int))};

        control.align.cmsg_level = SOL_SOCKET;
        control.align.cmsg_type = SCM_RIGHTS;
        control.align.cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        for (int i = 0; i < count; i++)
            memcpy(CMSG_DATA(&control.align) + (size_t)i * sizeof(int), &writer, sizeof(int));
        assert_int_equal(sendmsg(writer, &message, 0), strlen(name));
        assert_int_not_equal(read_batch(), 0);
        while (discard_is_at_work())
            usleep(1000);
    }
    assert_int_equal(read_batch(), 0);
    assert_int_equal(descriptors(), before);
    assert_int_equal(names + forces, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_denials, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_batch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words_of_root, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words_of_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_descriptors, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
