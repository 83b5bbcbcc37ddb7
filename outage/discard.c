#include "outage/discard.h"
#include "outage/interrupt_timer.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

static atomic_bool at_work;
static int taken; /* while at_work */

static void *take(void *argument)
{
    struct interrupt_timer timer;

    (void)argument;
    /* A socket that lingers (SO_LINGER) would wait for as long as who has sent it likes. */
    interrupt_timer_start(&timer);
    recv(taken, NULL, 0, MSG_DONTWAIT);
    interrupt_timer_stop(&timer);
    close(taken);
    atomic_store(&at_work, false);
    return NULL;
}

void discard_begin(int fd)
{
    pthread_t thread;

    /* The caller may close its own meanwhile. */
    taken = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (taken < 0)
        return;
    atomic_store(&at_work, true);
    if (pthread_create(&thread, NULL, take, NULL) == 0)
        pthread_detach(thread);
    else
        take(NULL);
}

bool discard_is_at_work(void)
{
    return atomic_load(&at_work);
}
