/* One file of settings, in inih's INI dialect, line by line. */
#ifndef GITDNS_COPY_CONFIG_FILE_H
#define GITDNS_COPY_CONFIG_FILE_H

#include "base/message.h"

/* The longest line, without its LF: what inih's buffer of 200 octets holds. */
#define CONFIG_LINE_MAX 198

struct config_file {
    const char *path;
    unsigned line;    /* the one that is being read */
    unsigned heading; /* the line of the section's heading; 0: none yet */
    char section[CONFIG_LINE_MAX + 1];
};

/* What the file's lines are for. Each returns NULL or why the line will not do. */
struct config_reader {
    void *user;
    const char *(*section)(void *user, const struct config_file *file);
    const char *(*setting)(void *user, const struct config_file *file, const char *name,
                           const char *value);
};

/* Reads the regular file at `path`. Returns 0; -1 with the cause in `error`, `PATH:LINE: cause`; or
 * -ENOENT: there is none. */
int config_file_read(const char *path, const struct config_reader *reader,
                     char error[MESSAGE_OCTETS]);

#endif
