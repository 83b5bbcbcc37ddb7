#include "push/remote.h"
#include "push/to_path.h"
#include "push/to_rclone.h"
#include "push/to_rsync.h"
#include <stdarg.h>
#include <string.h>

static bool starts_with(const char *word, const char *start)
{
    return strncmp(word, start, strlen(start)) == 0;
}

bool remote_parse(const char *word, struct remote *remote, const char **why)
{
    const char *colon;

    *remote = (struct remote){.word = word, .place = word};
    *why = NULL;
    if (word[0] == '/' || starts_with(word, "./") || starts_with(word, "../")) {
        remote->kind = &to_path;
    } else if (starts_with(word, "rclone:")) {
        remote->kind = &to_rclone;
        remote->place = word + strlen("rclone:");
        if (strchr(remote->place, ':') == NULL)
            *why = "rclone:REMOTE:PATH has a second colon";
    } else if (starts_with(word, "rsync://")) {
        remote->kind = &to_rsync;
        if (strchr(word + strlen("rsync://"), '/') == NULL)
            *why = "rsync://HOST/MODULE has a module";
    } else if (starts_with(word, "rsync:")) {
        remote->kind = &to_rsync;
        remote->place = word + strlen("rsync:");
        colon = strchr(remote->place, ':');
        /* A slash before it: a path of this machine to rsync. Two: a module. ssh takes a host that
         * begins with - for an option. */
        if (colon == NULL || colon == remote->place || colon[1] == '\0' || colon[1] == ':' ||
            memchr(remote->place, '/', (size_t)(colon - remote->place)) != NULL ||
            remote->place[0] == '-')
            *why = "not rsync:HOST:PATH";
    } else {
        *why = "not /PATH, ./PATH, rclone:REMOTE:PATH, rsync:HOST:PATH or rsync://HOST/MODULE/PATH";
    }
    return *why == NULL;
}

void remote_step(struct push *push, uint64_t octets)
{
    push->before = atomic_load(&push->progress->done);
    push->step = octets;
}

void remote_percent(void *context, unsigned percent)
{
    struct push *push = context;

    atomic_store(&push->progress->done, push->before + push->step / 100 * percent);
}

void remote_step_end(struct push *push)
{
    atomic_store(&push->progress->done, push->before + push->step);
}

int remote_fail(struct push *push, int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_set_list(push->fault, format, arguments);
    va_end(arguments);
    return code;
}
