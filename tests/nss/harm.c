/* harm TEST [FOLDER]: what a host may do to the module, while somebody else replaces the store.
 * Afterwards it still answers, and holds few mappings and no descriptor. */
#include "entry.h"
#include <dlfcn.h>
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define NAME "version.example.net"
#define MAPPINGS_MAX 4
/* The last octet of the address in a store that must not be used. */
#define ASTRAY 250
/* Long enough for the once-a-second look at the files to come twice. */
#define SECONDS 2.5
/* After which nobody goes on waiting. */
#define HANG_SECONDS 60

static struct entry entry;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void look_up(void)
{
    if (entry_look_up(&entry, NAME) == 0)
        errx(1, "no answer");
}

static void look_up_for(double seconds)
{
    for (double end = now() + seconds; now() < end;)
        look_up();
}

static void see_a_newer_store(void)
{
    uint32_t version = entry_look_up(&entry, NAME);

    for (double end = now() + HANG_SECONDS; entry_look_up(&entry, NAME) <= version;)
        if (now() > end)
            errx(1, "no newer store is seen");
}

static void *until_told(void *told)
{
    while (!atomic_load((atomic_bool *)told))
        look_up();
    return NULL;
}

/* Eight threads; no descriptor may be left over. */
static void threads(void)
{
    unsigned before = open_descriptors();
    atomic_bool told = false;
    pthread_t thread[8];

    for (int i = 0; i < 8; i++)
        if (pthread_create(&thread[i], NULL, until_told, &told) != 0)
            errx(1, "pthread_create");
    sleep(4);
    atomic_store(&told, true);
    for (int i = 0; i < 8; i++)
        pthread_join(thread[i], NULL);
    see_a_newer_store();
    if (open_descriptors() != before)
        errx(1, "%u descriptors, %u before", open_descriptors(), before);
}

/* Again and again, while another thread stands in a look-up. */
static void unload(void)
{
    unsigned before = mappings_of("libnss_gitdns");
    atomic_bool told = false;
    pthread_t thread;

    if (pthread_create(&thread, NULL, until_told, &told) != 0)
        errx(1, "pthread_create");
    for (double end = now() + SECONDS; now() < end;) {
        dlclose(entry.handle);
        entry_open(&entry);
        look_up();
    }
    dlclose(entry.handle);
    look_up();
    atomic_store(&told, true);
    pthread_join(thread, NULL);
    if (mappings_of("libnss_gitdns") != before)
        errx(1, "the module is mapped more than once");
    see_a_newer_store();
}

static void *cancelled_before(void *passed)
{
    pthread_cancel(pthread_self());
    look_up_for(SECONDS);
    *(bool *)passed = true;
    pthread_testcancel();
    return NULL;
}

static void *cancelled_anywhere(void *unused)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    for (;;)
        entry_look_up(&entry, NAME);
    return unused;
}

/* No call of the module is a cancellation point; who is cancelled at any point does no harm. */
static void cancel(void)
{
    bool passed = false;
    pthread_t thread;

    if (pthread_create(&thread, NULL, cancelled_before, &passed) != 0)
        errx(1, "pthread_create");
    pthread_join(thread, NULL);
    if (!passed)
        errx(1, "cancelled within a look-up");
    see_a_newer_store();
    for (int i = 0; i < 300; i++) {
        if (pthread_create(&thread, NULL, cancelled_anywhere, NULL) != 0)
            errx(1, "pthread_create");
        usleep((useconds_t)(i * 37 % 10000));
        pthread_cancel(thread);
        pthread_join(thread, NULL);
    }
    look_up_for(SECONDS);
}

static sigjmp_buf out;

static void jump(int signal)
{
    siglongjmp(out, signal);
}

/* Looks up, and leaves the look-up whenever a signal comes; `often`: a timer sends them, or nobody
 * here. */
static void leave(const struct itimerval *often)
{
    struct itimerval never = {{0, 0}, {0, 0}};
    double end = now() + 2 * SECONDS;
    unsigned before = open_descriptors();
    volatile unsigned long jumps = 0;

    look_up();
    if (sigsetjmp(out, 1) != 0)
        jumps++;
    else
        signal(SIGALRM, jump);
    if (often != NULL)
        setitimer(ITIMER_REAL, often, NULL);
    while (now() < end)
        entry_look_up(&entry, NAME);
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_IGN);
    look_up_for(SECONDS);
    printf("%lu jumps\n", jumps);
    if (jumps == 0)
        errx(1, "nothing was left");
    if (open_descriptors() != before)
        errx(1, "%u descriptors, %u before", open_descriptors(), before);
}

/* As some hosts end a look-up that takes too long. */
static void alarms(void)
{
    leave(&(struct itimerval){{0, 200}, {0, 200}});
}

/* The signals come from outside, at a system call of its choice. */
static void signals(void)
{
    leave(NULL);
}

static const char *new_root;

/* Into an empty folder, or one of somebody else's whose files are there to lead astray. */
static void change_root(void)
{
    char folder[] = "/tmp/harm-XXXXXX";
    uint32_t address;

    look_up();
    if (new_root != NULL ? chdir(new_root) != 0
                         : mkdtemp(folder) == NULL || chdir(folder) != 0 || rmdir(folder) != 0)
        err(1, "folder");
    if (chroot(".") != 0)
        err(1, "chroot");
    look_up_for(SECONDS);
    address = entry_look_up(&entry, NAME);
    if ((address & 0xff) == ASTRAY)
        errx(1, "answered from the new root");
}

static void descriptors(void)
{
    unsigned before = open_descriptors();
    struct rlimit limit = {100, 100};
    int fd, last = -1;

    look_up();
    setrlimit(RLIMIT_NOFILE, &limit);
    while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        last = fd;
    look_up_for(SECONDS);
    for (fd = last; fd >= (int)before; fd--)
        close(fd);
    see_a_newer_store();
}

static volatile sig_atomic_t trapped;

static void trap(int signal)
{
    (void)signal;
    trapped++;
}

/* As browsers do it: a handler stands in for what a filter does not allow. */
static void sandbox(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

    look_up();
    signal(SIGSYS, trap);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        err(1, "seccomp");
    look_up_for(SECONDS);
    printf("%d calls trapped\n", (int)trapped);
    if (trapped == 0)
        errx(1, "nothing was trapped");
}

/* KiB of the store that are in this process's memory, and its size. */
static unsigned resident(unsigned *size)
{
    FILE *file = fopen("/proc/self/smaps", "re");
    unsigned value, rss = 0;
    bool store = false;
    char line[512];

    *size = 0;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strstr(line, ".cdb") != NULL)
            store = true;
        else if (store && sscanf(line, "Size: %u", &value) == 1)
            *size += value;
        else if (store && sscanf(line, "Rss: %u", &value) == 1) {
            rss += value;
            store = false;
        }
    }
    if (file != NULL)
        fclose(file);
    return rss;
}

/* Real-time daemons lock all that they map: not the whole of a store. */
static void locked(void)
{
    unsigned size, rss;

    look_up();
    rss = resident(&size);
    printf("%u of %u KiB\n", rss, size);
    if (size < 1024 || rss > size / 4)
        errx(1, "%u of %u KiB are in memory", rss, size);
}

static void check_mappings(void)
{
    static const char *const files[] = {"registry.cdb", "gitdns/outage"};

    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (mappings_of(files[i]) > MAPPINGS_MAX)
            errx(1, "%u mappings of %s", mappings_of(files[i]), files[i]);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } tests[] = {
        {"threads", threads}, {"unload", unload},      {"cancel", cancel},
        {"alarms", alarms},   {"chroot", change_root}, {"descriptors", descriptors},
        {"sandbox", sandbox}, {"locked", locked},      {"signals", signals},
    };

    new_root = argc > 2 ? argv[2] : NULL;
    if (argc >= 2 && strcmp(argv[1], "locked") == 0 && mlockall(MCL_FUTURE) < 0)
        err(1, "mlockall");
    entry_open(&entry);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        if (argc >= 2 && strcmp(argv[1], tests[i].name) == 0) {
            tests[i].run();
            if (tests[i].run != change_root && tests[i].run != sandbox)
                check_mappings();
            return 0;
        }
    return 2;
}
