/* cold [-r] STORE < NAMES
 *
 * Drops the store's pages from memory, opens it as the module does and looks the names up; -r: with
 * MADV_RANDOM, which turns the kernel's read-ahead off. Prints the share of pages that stayed in
 * memory all the same, in per cent, and the microseconds for opening, for the first look-up, and
 * for one of the rest. */
#include "copy/store_read.h"
#include "registry/registry.h"
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double microseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void drop(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) < 0)
        err(1, "%s", path);
    errno = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    if (errno != 0)
        err(1, "%s", path);
    close(fd);
}

static double resident(const char *path)
{
    long page = sysconf(_SC_PAGESIZE);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t pages, in = 0;
    unsigned char *map;
    struct stat st;
    void *mem;

    if (fd < 0 || fstat(fd, &st) < 0)
        err(1, "%s", path);
    pages = ((size_t)st.st_size + (size_t)page - 1) / (size_t)page;
    mem = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    map = malloc(pages);
    if (mem == MAP_FAILED || map == NULL || mincore(mem, (size_t)st.st_size, map) < 0)
        err(1, "%s", path);
    for (size_t i = 0; i < pages; i++)
        in += map[i] & 1;
    munmap(mem, (size_t)st.st_size);
    free(map);
    close(fd);
    return 100.0 * (double)in / (double)pages;
}

static bool look_up(const struct store *store)
{
    char name[NAME_MAX_OCTETS + 3];
    struct record_copy copy;
    struct record record;

    if (fgets(name, sizeof name, stdin) == NULL)
        return false;
    name[strcspn(name, "\n")] = '\0';
    if (store_find(store, name, strlen(name), &copy, &record) != 1)
        errx(1, "%s: not in the store", name);
    return true;
}

int main(int argc, char **argv)
{
    bool random = argc == 3 && strcmp(argv[1], "-r") == 0;
    const char *path = argv[argc - 1];
    double stayed, start, opened, first, last;
    struct store store;
    int rest = 0;

    if (argc != 2 + random)
        return 2;
    drop(path);
    stayed = resident(path);
    start = microseconds();
    if (store_open(&store, path) < 0)
        errx(1, "%s: no store", path);
    if (random && madvise((void *)store.cdb.cdb_mem, store.cdb.cdb_fsize, MADV_RANDOM) < 0)
        err(1, "madvise");
    opened = microseconds();
    if (!look_up(&store))
        errx(1, "no names");
    first = microseconds();
    while (look_up(&store))
        rest++;
    last = microseconds();
    printf("%.1f %.1f %.1f %.2f\n", stayed, opened - start, first - opened,
           rest > 0 ? (last - first) / rest : 0.0);
    return ferror(stdout) || fflush(stdout) != 0;
}
