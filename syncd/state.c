#include "state.h"
#include "registry/file.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FILE_MAX_OCTETS (MESSAGE_OCTETS + 256)
/* The year 9999: sums of such times cannot overflow. */
#define TIME_MAX INT64_C(253402300799)

static int state_format(const struct state *state, char out[FILE_MAX_OCTETS])
{
    return snprintf(out, FILE_MAX_OCTETS,
                    "gitdns state 1\nlast %" PRId64 "\nnext %" PRId64 "\nfailures %u\nseed %" PRIu64
                    "\nresult %s\n",
                    state->last, state->next, state->failures, state->seed, state->result);
}

bool state_read(struct state *state, int directory)
{
    char text[FILE_MAX_OCTETS];
    char again[FILE_MAX_OCTETS];

    *state = (struct state){0};
    int len = file_read(directory, STATE_FILE, text, sizeof(text) - 1);
    if (len < 0)
        return false;
    text[len] = '\0';
    struct state read = {0};
    sscanf(text,
           "gitdns state 1 last %" SCNd64 " next %" SCNd64 " failures %u seed %" SCNu64
           " result %1023[ -~]",
           &read.last, &read.next, &read.failures, &read.seed, read.result);

    /* sscanf is lax; only what would be written in the same way is taken. */
    if (state_format(&read, again) != len || memcmp(text, again, (size_t)len) != 0 ||
        read.last < 0 || read.last > TIME_MAX || read.next < 0 || read.next > TIME_MAX)
        return false;
    *state = read;
    return true;
}

int state_write(const struct state *state, int directory)
{
    char text[FILE_MAX_OCTETS];
    int len = state_format(state, text);
    return file_replace(directory, STATE_FILE, text, (size_t)len);
}
