#include "copy/registry_folder.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

/* Closes the one above. */
static int open_in(int above, const char *name)
{
    int fd = openat(above, name, FLAGS | O_NOFOLLOW), r = fd < 0 ? -errno : fd;

    close(above);
    return r;
}

int registry_folder_open_in(const char *copy, const char *name)
{
    int fd = open(copy, FLAGS);

    if (fd < 0)
        return -errno;
    if (name[0] == '\0')
        return fd;
    fd = open_in(fd, REGISTRIES_FOLDER);
    return fd < 0 ? fd : open_in(fd, name);
}

int registry_folder_open(const struct config_registry *registry)
{
    char copy[CONFIG_DIRECTORY_OCTETS];
    size_t len = strlen(registry->directory);

    if (!registry->unnamed)
        len -= strlen("/" REGISTRIES_FOLDER "/") + strlen(registry->name);
    memcpy(copy, registry->directory, len);
    copy[len] = '\0';
    return registry_folder_open_in(copy, registry->unnamed ? "" : registry->name);
}
