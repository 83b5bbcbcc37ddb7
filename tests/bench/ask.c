/* ask [-c] NAMES
 *
 * For each line `CALL COUNT` on standard input (CALL: 0 getaddrinfo AF_UNSPEC, 4 the same AF_INET,
 * 2 gethostbyname2_r AF_INET): makes COUNT calls, going on through the names in the file, and
 * prints the nanoseconds of one. So several of these, each with another hosts line, can take turns.
 */
#include <err.h>
#include <netdb.h>
#include <stdbool.h>
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

static void ask_addrinfo(const char *name, int family)
{
    const struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM};
    struct addrinfo *answer;
    int r = getaddrinfo(name, NULL, &hints, &answer);

    if (r != 0)
        errx(1, "%s: %s", name, gai_strerror(r));
    freeaddrinfo(answer);
}

static void ask_hostent(const char *name)
{
    struct hostent host, *answer;
    char buffer[1024];
    int error, r = gethostbyname2_r(name, AF_INET, &host, buffer, sizeof buffer, &answer, &error);

    if (r != 0 || answer == NULL)
        errx(1, "%s: %s", name, hstrerror(error));
}

static void ask(struct names *names, int call)
{
    const char *name = names->name[names->next++ % names->count];

    if (call == 2)
        ask_hostent(name);
    else
        ask_addrinfo(name, call == 4 ? AF_INET : AF_UNSPEC);
}

static double ask_many(struct names *names, clockid_t clock, int call, int count)
{
    struct timespec start, end;

    clock_gettime(clock, &start);
    for (int i = 0; i < count; i++)
        ask(names, call);
    clock_gettime(clock, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
           count;
}

int main(int argc, char **argv)
{
    static struct names names;
    bool work = argc == 3 && strcmp(argv[1], "-c") == 0;
    int call, count;

    if (argc != 2 + work)
        return 2;
    read_names(&names, argv[1 + work]);
    while (scanf("%d %d", &call, &count) == 2 && count > 0) {
        printf("%.1f\n",
               ask_many(&names, work ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, call, count));
        fflush(stdout);
    }
    return ferror(stdout) != 0;
}
