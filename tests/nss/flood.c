/* flood COUNT [NAME...]: COUNT datagrams to gitdns-syncd's report socket as fast as the kernel
 * takes them: the names by turns, and every so often octets that are no name. Prints how many were
 * taken. */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define GARBAGE_EVERY 7
#define GARBAGE_OCTETS 1500

int main(int argc, char **argv)
{
    static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = "/run/gitdns/report"};
    unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, taken = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    char garbage[GARBAGE_OCTETS];

    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) < 0)
        err(1, "%s", to.sun_path);
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (char)(i * 37);
    for (unsigned long i = 0; i < count; i++) {
        const char *name = argc > 2 ? argv[2 + i % (unsigned long)(argc - 2)] : "\0on";
        ssize_t n;

        if (argc <= 2 || i % GARBAGE_EVERY == 0)
            n = send(fd, garbage + i % 64, i % (sizeof garbage - 64), MSG_DONTWAIT);
        else
            n = send(fd, name, strlen(name), MSG_DONTWAIT);
        taken += n >= 0;
        if (n < 0 && errno != EAGAIN && errno != EMSGSIZE)
            err(1, "send");
    }
    printf("%lu datagrams, %lu taken\n", count, taken);
    return 0;
}
