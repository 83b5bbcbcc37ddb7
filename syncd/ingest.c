#include "ingest.h"
#include "registry/error.h"
#include "registry/gunzip.h"
#include "registry/text.h"
#include <poll.h>

/* How many lines pass between two looks at the stop descriptor: about a millisecond's. */
#define LINES_BETWEEN_LOOKS 4096

bool stop_asked(int stop)
{
    struct pollfd asked = {.fd = stop, .events = POLLIN};
    return poll(&asked, 1, 0) == 1;
}

int ingest_snapshot(int fd, const struct manifest *manifest, bool private, int stop,
                    struct store_writer *writer, uint64_t *line)
{
    struct text_reader text = {.private = private};
    struct gunzip *gunzip = NULL;
    struct record record;
    const char *octets;
    size_t len;

    *line = 0;
    int status = gunzip_open(&gunzip, fd, manifest->text_octets);
    while (status == 0) {
        if (*line % LINES_BETWEEN_LOOKS == 0 && stop_asked(stop)) {
            status = E_STOPPED;
            break;
        }
        int more = gunzip_line(gunzip, &octets, &len);
        if (more == 0)
            break;
        (*line)++;
        status = more < 0 ? more : text_parse(&text, octets, len, &record);
        if (status == 0)
            status = store_writer_add(writer, &record);
    }
    gunzip_close(gunzip);
    return status;
}
