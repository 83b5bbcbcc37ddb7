#define SD_JOURNAL_SUPPRESS_LOCATION
#include "notice/notice.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#define PROGRAM "gitdns-syncd"
/* The message, its priority, the program and its facility, the id. */
#define OWN_FIELDS 5

/* Priorities as in syslog(3): info, warning, notice. */
static const struct {
    const char *priority;
    const char *id;
} events[] = {
    [NOTICE_LINE] = {"PRIORITY=6", NULL},
    [NOTICE_OUTAGE_BEGINS] = {"PRIORITY=4", "MESSAGE_ID=3fd737c5b19e46818f7ad1745bbc7ce9"},
    [NOTICE_OUTAGE_ENDS] = {"PRIORITY=5", "MESSAGE_ID=49a61eb5914947baacdb43dd8070b2a0"},
    [NOTICE_ROUND_FAILED] = {"PRIORITY=4", "MESSAGE_ID=9f79c798dee24996a40a8a778b9a4704"},
    [NOTICE_EXPIRES] = {"PRIORITY=4", "MESSAGE_ID=99e824eb4906462fac560954eec70bb3"},
};

void notice_add(struct notice *notice, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_set_list(notice->field[notice->fields++], format, arguments);
    va_end(arguments);
}

/* Whoever has it may have been given another standard error. */
static bool leads_to_journal(int fd)
{
    const char *journal = getenv("JOURNAL_STREAM");
    char own[64];
    struct stat st;

    if (journal == NULL || fstat(fd, &st) < 0)
        return false;
    snprintf(own, sizeof own, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
    return strcmp(journal, own) == 0;
}

static struct iovec octets(const char *text)
{
    return (struct iovec){.iov_base = (char *)text, .iov_len = strlen(text)};
}

/* Returns whether the journal has it. */
static bool tell_journal(const struct notice *notice)
{
    struct iovec fields[OWN_FIELDS + NOTICE_FIELDS_MAX];
    char message[sizeof "MESSAGE=" + MESSAGE_OCTETS];
    int count = 0;

    snprintf(message, sizeof message, "MESSAGE=%s", notice->line);
    fields[count++] = octets(message);
    fields[count++] = octets(events[notice->event].priority);
    fields[count++] = octets("SYSLOG_IDENTIFIER=" PROGRAM);
    /* daemon, as a service's standard error has it. */
    fields[count++] = octets("SYSLOG_FACILITY=3");
    if (events[notice->event].id != NULL)
        fields[count++] = octets(events[notice->event].id);
    for (unsigned i = 0; i < notice->fields; i++)
        fields[count++] = octets(notice->field[i]);
    return sd_journal_sendv(fields, count) >= 0;
}

void notice_say(const struct notice *notice)
{
    if (!leads_to_journal(STDERR_FILENO) || !tell_journal(notice))
        fprintf(stderr, PROGRAM ": %s\n", notice->line);
}

void notice_say_line(const char *line)
{
    struct notice notice = {.event = NOTICE_LINE};

    message_set(notice.line, "%s", line);
    notice_say(&notice);
}
