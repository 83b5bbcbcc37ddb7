/* ask NAMES
 *
 * For each line `FAMILY COUNT` on standard input (FAMILY: 0 AF_UNSPEC, 4 AF_INET): makes COUNT
 * calls of getaddrinfo, going on through the names in the file, and prints the nanoseconds of one.
 * So several of these, each with another hosts line, can take turns. */
#include <err.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NAMES_MAX 10000

struct names {
    char *name[NAMES_MAX];
    size_t count;
    size_t next;
};

static void read_names(struct names *names, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;

    if (file == NULL)
        err(1, "%s", path);
    while (names->count < NAMES_MAX && getline(&line, &room, file) > 0) {
        line[strcspn(line, "\n")] = '\0';
        names->name[names->count++] = line;
        line = NULL;
        room = 0;
    }
    free(line);
    fclose(file);
    if (names->count == 0)
        errx(1, "%s: no names", path);
}

static void ask(struct names *names, int family)
{
    const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    const char *name = names->name[names->next++ % names->count];
    struct addrinfo *answer;
    int r = getaddrinfo(name, NULL, &hints, &answer);

    if (r != 0)
        errx(1, "%s: %s", name, gai_strerror(r));
    freeaddrinfo(answer);
}

static double ask_many(struct names *names, int family, int count)
{
    struct timespec start, end;

    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int i = 0; i < count; i++)
        ask(names, family);
    clock_gettime(CLOCK_MONOTONIC, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
           count;
}

int main(int argc, char **argv)
{
    static struct names names;
    int family, count;

    if (argc != 2)
        return 2;
    read_names(&names, argv[1]);
    while (scanf("%d %d", &family, &count) == 2 && count > 0) {
        printf("%.1f\n", ask_many(&names, family == 4 ? AF_INET : AF_UNSPEC, count));
        fflush(stdout);
    }
    return ferror(stdout) != 0;
}
