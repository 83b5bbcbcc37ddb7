#include "cli/daemon_socket.h"
#include "base/clock.h"
#include "copy/control.h"
#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The queue may be full of others' reports; the daemon takes a batch ten times a second. */
#define SEND_SECONDS 5
#define LOOK_STEP_NS 2000000L

int daemon_connect(void)
{
    static const struct sockaddr_un to = {.sun_family = AF_UNIX, .sun_path = REPORT_PATH};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), error;

    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

bool daemon_send(int fd, const char *word)
{
    static const struct timeval patience = {.tv_sec = SEND_SECONDS};
    char message[1 + CONTROL_MESSAGE_OCTETS] = {REPORT_CONTROL};
    int len = 1 + snprintf(message + 1, sizeof message - 1, "%s", word);

    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
           send(fd, message, (size_t)len, MSG_NOSIGNAL) == len;
}

bool daemon_has_taken(int fd, int64_t until)
{
    static const struct timespec step = {.tv_nsec = LOOK_STEP_NS};
    int left = 1;

    while (ioctl(fd, SIOCOUTQ, &left) == 0 && left > 0 && clock_ms(CLOCK_MONOTONIC) < until)
        nanosleep(&step, NULL);
    return left == 0;
}
