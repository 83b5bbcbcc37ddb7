/* Files of a registry, here or on a remote. */
#ifndef GITDNS_PUSH_FILE_LIST_H
#define GITDNS_PUSH_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than centuries of daily serials: who lists more is no registry. */
#define FILE_LIST_MAX 1000000
#define FILE_NAME_OCTETS 64
#define FILE_PATH_OCTETS (FILE_NAME_OCTETS + 12)

struct listed {
    uint32_t serial; /* whose folder it is in; 0: beside HEAD */
    char name[FILE_NAME_OCTETS];
    uint64_t octets;
};

/* Starts zeroed. */
struct file_list {
    struct listed *file;
    size_t count, room;
};

/* Whether a serial's folder may hold a file of that name: manifest, manifest.minisig,
 * manifest.KEYID.minisig, snapshot.gz, delta-SERIAL.gz. */
bool file_list_is_part(const char *name);

/* Whether one of that name is pushed from beside HEAD: index.html, HEAD.SUFFIX; but not HEAD, nor
 * what a killed run leaves. */
bool file_list_is_beside(const char *name);

/* Appends. Returns 0, -ENOMEM or -EFBIG. */
int file_list_add(struct file_list *list, uint32_t serial, const char *name, uint64_t octets);

/* Appends what has a path of a registry's file, HEAD too, and passes over all others. */
int file_list_add_path(struct file_list *list, const char *path, uint64_t octets);

/* `42/manifest`, `HEAD`. */
void file_list_path(const struct listed *file, char path[FILE_PATH_OCTETS]);

/* By serial, then name. */
void file_list_sort(struct file_list *list);

/* In a sorted list; NULL if there is none. */
const struct listed *file_list_find(const struct file_list *list, uint32_t serial,
                                    const char *name);

/* Whether a sorted list has any file of the serial's folder. */
bool file_list_has_serial(const struct file_list *list, uint32_t serial);

uint64_t file_list_octets(const struct file_list *list);

/* Their paths, one a line, for a program's standard input; to be freed. NULL: no memory. */
char *file_list_lines(const struct file_list *list);

void file_list_free(struct file_list *list);

#endif
