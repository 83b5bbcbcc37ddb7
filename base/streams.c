#include "base/streams.h"
#include <fcntl.h>
#include <unistd.h>

void streams_take_closed(void)
{
    int fd;

    /* The lowest that is free is what open gives. */
    do
        fd = open("/", O_PATH);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}
