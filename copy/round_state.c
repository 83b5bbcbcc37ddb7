#include "copy/round_state.h"
#include "base/file.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The first line to `result`, and one for each mirror. */
#define ROUND_MAX_OCTETS (MESSAGE_OCTETS + 256)
#define MIRROR_MAX_OCTETS (CONFIG_URL_OCTETS + 64)
#define FILE_MAX_OCTETS (ROUND_MAX_OCTETS + CONFIG_URLS_MAX * MIRROR_MAX_OCTETS)
/* The year 9999: sums of such times cannot overflow. */
#define TIME_MAX INT64_C(253402300799)

#define FORMAT 2

_Static_assert(MESSAGE_OCTETS == 1024 && CONFIG_URL_OCTETS == 200, "scanf's widths say the same");

/* Format 1 has no line `good`. */
static int format_head(const struct round_state *state, int format, char out[FILE_MAX_OCTETS])
{
    char good[sizeof "good 253402300799\n"] = "";

    if (format > 1)
        snprintf(good, sizeof good, "good %" PRId64 "\n", state->good);
    return snprintf(out, FILE_MAX_OCTETS,
                    "gitdns state %d\nlast %" PRId64 "\n%snext %" PRId64
                    "\nfailures %u\nseed %" PRIu64 "\nresult %s\n",
                    format, state->last, good, state->next, state->failures, state->seed,
                    state->result);
}

static int state_format(const struct round_state *state, int format, char out[FILE_MAX_OCTETS])
{
    int len = format_head(state, format, out);

    for (unsigned i = 0; i < state->cooldowns.count; i++) {
        const struct cooldown *mirror = &state->cooldowns.mirror[i];

        len += snprintf(out + len, FILE_MAX_OCTETS - (size_t)len, "mirror %u %s %" PRId64 " %s\n",
                        mirror->failures, cooldown_word(mirror->cause), mirror->until, mirror->url);
    }
    return len;
}

static void read_mirrors(const char *text, struct cooldowns *cooldowns)
{
    char word[8];
    int len;

    while (cooldowns->count < CONFIG_URLS_MAX) {
        struct cooldown *mirror = &cooldowns->mirror[cooldowns->count];

        if (sscanf(text, "mirror %u %7[a-z] %" SCNd64 " %199[^ \n] %n", &mirror->failures, word,
                   &mirror->until, mirror->url, &len) != 4 ||
            mirror->failures == 0 || mirror->until < 0 || mirror->until > TIME_MAX)
            return;
        /* A word that is none of them comes out as another than it went in. */
        while (mirror->cause < COOLDOWN_CAUSES - 1 &&
               strcmp(word, cooldown_word(mirror->cause)) != 0)
            mirror->cause++;
        cooldowns->count++;
        text += len;
    }
}

static bool is_time(int64_t time)
{
    return time >= 0 && time <= TIME_MAX;
}

static int read_head(const char *text, struct round_state *read)
{
    int format = 0, at = 0, more = 0;

    sscanf(text, "gitdns state %1d last %" SCNd64 " %n", &format, &read->last, &at);
    if (format > 1)
        sscanf(text + at, "good %" SCNd64 " %n", &read->good, &more);
    sscanf(text + at + more, "next %" SCNd64 " failures %u seed %" SCNu64 " result%*1[ ]%1023[ -~]",
           &read->next, &read->failures, &read->seed, read->result);
    return format;
}

bool round_state_read(struct round_state *state, int directory)
{
    char text[FILE_MAX_OCTETS];
    char again[FILE_MAX_OCTETS];
    struct round_state read = {0};
    int len = file_read_unlinked(directory, STATE_FILE, text, sizeof text - 1), format, head;

    *state = (struct round_state){0};
    if (len < 0)
        return false;
    text[len] = '\0';
    format = read_head(text, &read);
    if (format < 1 || format > FORMAT)
        return false;
    head = format_head(&read, format, again);
    if (head < len)
        read_mirrors(text + head, &read.cooldowns);

    /* sscanf is lax; only what would be written in the same way is taken. */
    if (state_format(&read, format, again) != len || memcmp(text, again, (size_t)len) != 0 ||
        !is_time(read.last) || !is_time(read.good) || !is_time(read.next))
        return false;
    if (format == 1 && read.failures == 0)
        read.good = read.last;
    *state = read;
    return true;
}

int round_state_write(const struct round_state *state, int directory)
{
    char text[FILE_MAX_OCTETS];
    int len = state_format(state, FORMAT, text);

    return file_replace(directory, STATE_FILE, text, (size_t)len, 0644);
}
