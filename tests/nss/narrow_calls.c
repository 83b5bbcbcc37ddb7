/* Asks a nameserver as programs for 32 bits may, without a library: by socketcall(2), and by the
 * calls of their own; connected, and not. Says of each what came: `rcode N` or `errno N`.
 *
 *     narrow_calls 127.0.0.1 8.101.120.97.109.112.108.101    # the question's name, in octets
 */
#include <stdint.h>

enum {
    EXIT = 1,
    WRITE = 4,
    SOCKETCALL = 102,
    SOCKET = 359,
    CONNECT = 362,
    SENDTO = 369,
    RECVFROM = 371,
    IO_URING_SETUP = 425
};
enum { OF_SOCKET = 1, OF_CONNECT = 3, OF_SENDTO = 11, OF_RECVFROM = 12 };
enum { INET = 2, DATAGRAM = 2, HEAD = 12 };

struct address {
    uint16_t family, port;
    uint8_t octets[12];
};

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    long result;
    long arguments[] = {number, f};

    __asm__ volatile("push %%ebp; mov 4(%%eax), %%ebp; mov (%%eax), %%eax; int $0x80; pop %%ebp"
                     : "=a"(result)
                     : "a"(arguments), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                     : "memory");
    return result;
}

static long multiplexed(long which, long a, long b, long c, long d, long e, long f)
{
    long arguments[] = {a, b, c, d, e, f};

    return call(SOCKETCALL, which, (long)arguments, 0, 0, 0, 0);
}

static void say(const char *what, const char *kind, long number)
{
    char text[64], *p = text;

    while (*what != '\0')
        *p++ = *what++;
    while (*kind != '\0')
        *p++ = *kind++;
    if (number >= 100)
        *p++ = (char)('0' + number / 100);
    if (number >= 10)
        *p++ = (char)('0' + number / 10 % 10);
    *p++ = (char)('0' + number % 10);
    *p++ = '\n';
    call(WRITE, 1, (long)text, p - text, 0, 0, 0);
}

static unsigned octets_of(const char *text, uint8_t *out)
{
    unsigned count = 0;

    out[0] = 0;
    for (; *text != '\0'; text++)
        if (*text == '.')
            out[++count] = 0;
        else
            out[count] = (uint8_t)(out[count] * 10 + (*text - '0'));
    return count + 1;
}

static void ask(const struct address *to, uint8_t *query, unsigned len, int by_socketcall,
                int connected)
{
    static const char *const what[] = {
        "sendto: ", "connect: ", "socketcall, sendto: ", "socketcall, connect: "};
    uint8_t answer[512];
    long fd = by_socketcall ? multiplexed(OF_SOCKET, INET, DATAGRAM, 0, 0, 0, 0)
                            : call(SOCKET, INET, DATAGRAM, 0, 0, 0, 0);
    long at = connected ? 0 : (long)to, size = connected ? 0 : 16, r = fd;

    if (r >= 0 && connected)
        r = by_socketcall ? multiplexed(OF_CONNECT, fd, (long)to, 16, 0, 0, 0)
                          : call(CONNECT, fd, (long)to, 16, 0, 0, 0);
    if (r >= 0)
        r = by_socketcall ? multiplexed(OF_SENDTO, fd, (long)query, (long)len, 0, at, size)
                          : call(SENDTO, fd, (long)query, (long)len, 0, at, size);
    if (r >= 0)
        r = by_socketcall ? multiplexed(OF_RECVFROM, fd, (long)answer, sizeof answer, 0, 0, 0)
                          : call(RECVFROM, fd, (long)answer, sizeof answer, 0, 0, 0);
    say(what[2 * by_socketcall + connected], r < 0 ? "errno " : "rcode ",
        r < 0 ? -r : answer[3] & 15);
}

__attribute__((used)) static void begin(long *stack)
{
    char **words = (char **)(stack + 1);
    uint8_t query[512] = {0x12, 0x34, 1, 0, 0, 1}, name[256];
    struct address to = {.family = INET, .port = 53 << 8};
    unsigned len = octets_of(words[2], name), at = HEAD;
    uint8_t ring[256] = {0};

    octets_of(words[1], to.octets);
    for (unsigned i = 0; i < len; i++)
        query[at++] = name[i];
    at++;
    query[at + 1] = 1;
    query[at + 3] = 1;
    for (int way = 0; way < 4; way++)
        ask(&to, query, at + 4, way / 2, way % 2);
    say("io_uring_setup: ", "errno ", -call(IO_URING_SETUP, 1, (long)ring, 0, 0, 0, 0));
    call(EXIT, 0, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n    mov %esp, %eax\n    and $-16, %esp\n    sub $12, %esp\n    "
        "push %eax\n    call begin\n");
