/* flip FILE POSITION A B: puts the 32 bits A and B in turns there, little-endian as in a CDB, until
 * its standard input ends. What an owner can do to a store while others read it. */
#include <endian.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define FLIPS_BETWEEN_LOOKS 100000

int main(int argc, char **argv)
{
    struct pollfd input = {.fd = 0, .events = POLLIN};
    uint32_t value[2];
    struct stat st;
    char *file;
    int fd;

    if (argc != 5 || (fd = open(argv[1], O_RDWR)) < 0 || fstat(fd, &st) < 0)
        err(1, "FILE POSITION A B");
    file = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (file == MAP_FAILED)
        err(1, "%s", argv[1]);
    file += strtoul(argv[2], NULL, 10);
    for (int i = 0; i < 2; i++)
        value[i] = htole32((uint32_t)strtoul(argv[3 + i], NULL, 10));
    puts("ready");
    fflush(stdout);
    while (poll(&input, 1, 0) == 0)
        for (int i = 0; i < FLIPS_BETWEEN_LOOKS; i++) {
            memcpy(file, &value[i % 2], sizeof value[0]);
            __asm__ volatile("" ::: "memory");
        }
    return 0;
}
