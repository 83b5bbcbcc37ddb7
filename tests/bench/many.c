/* many COUNT [EVERY]
 *
 * Prints a hosts file of so many names, in no order, each of 28 octets with one address: 58 octets
 * of a store. With EVERY each so many'th has another address. */
#include <err.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* A prime above any count: i times another number, modulo it, is each number below it once. */
#define PRIME UINT64_C(4294967291)
#define HOSTS 977

/* splitmix64's. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

int main(int argc, char **argv)
{
    static const char *const top[] = {"com", "net", "org"};
    uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t every = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;

    if (count == 0 || count >= PRIME)
        errx(2, "usage: many COUNT [EVERY]");
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t name = i * UINT64_C(2654435761) % PRIME, address = mix(i);
        unsigned first = every > 0 && i % every == 0 ? 9 : 20 + (unsigned)(address >> 56) % 70;

        printf("%u.%u.%u.%u host-%03" PRIu64 ".site-%010" PRIx64 ".%s\n", first,
               (unsigned)address & 255, (unsigned)(address >> 8) & 255,
               (unsigned)(address >> 16) & 255, name % HOSTS, name / HOSTS, top[name % 3]);
    }
    return ferror(stdout) || fflush(stdout) != 0;
}
