/* For the tests here: what the process holds. */
#ifndef TESTS_FOOTPRINT_H
#define TESTS_FOOTPRINT_H

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* The plain build's bounds. A sanitizer keeps a history of its own. */
#ifndef RSS_GROWTH_KIB
#define RSS_GROWTH_KIB 256
#define MAPPINGS_GROWTH 0
#endif

/* Mappings in all, those of files of that name, KiB of memory that is the process's own (how much
 * of a mapped file is in memory says nothing), and descriptors. */
struct footprint {
    unsigned mappings, files, rss, descriptors;
};

static inline unsigned open_descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    unsigned n = 0;

    while (readdir(directory) != NULL)
        n++;
    closedir(directory);
    return n;
}

static inline struct footprint footprint(const char *file_name)
{
    struct footprint f = {.descriptors = open_descriptors()};
    char line[2 * PATH_MAX];
    FILE *file = fopen("/proc/self/maps", "re");

    for (; fgets(line, sizeof line, file) != NULL; f.mappings++)
        f.files += strstr(line, file_name) != NULL;
    fclose(file);
    file = fopen("/proc/self/status", "re");
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "RssAnon: %u", &f.rss) == 1)
            break;
    fclose(file);
    return f;
}

static inline int footprint_grew(const struct footprint *before, const struct footprint *after)
{
    return after->mappings > before->mappings + MAPPINGS_GROWTH ||
           after->rss > before->rss + RSS_GROWTH_KIB || after->descriptors > before->descriptors;
}

#endif
