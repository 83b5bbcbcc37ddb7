#include "dead_dns/asked.h"
#include "base/file.h"
#include <arpa/nameser.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static void read_program(pid_t process, char program[ASKED_PROGRAM_OCTETS])
{
    char path[64];
    int len;

    snprintf(path, sizeof path, "/proc/%d/comm", process);
    len = file_read(AT_FDCWD, path, program, ASKED_PROGRAM_OCTETS);
    program[len > 0 ? len - 1 : 0] = '\0'; /* a LF ends it */
}

/* Its place. A process may have become another program. */
static unsigned find_process(struct asked *asked, pid_t id)
{
    struct asked_process process = {.id = id};
    unsigned known =
        asked->processes < ASKED_PROCESSES_MAX ? asked->processes : ASKED_PROCESSES_MAX;

    read_program(process.id, process.program);
    for (unsigned i = 0; i < known; i++)
        if (asked->process[i].id == process.id &&
            strcmp(asked->process[i].program, process.program) == 0)
            return i;
    known = asked->processes++ % ASKED_PROCESSES_MAX;
    asked->process[known] = process;
    return known;
}

void asked_from(struct asked *asked, uint16_t port, pid_t id)
{
    asked->owner[port] = (uint16_t)(1 + find_process(asked, id));
}

/* NULL: there is no room for it. */
static struct asked_name *find_name(struct asked *asked, const char *text, const char *program)
{
    struct asked_name *name = asked->name;

    for (; name < asked->name + asked->count; name++)
        if (strcmp(name->name, text) == 0 && strcmp(name->program, program) == 0)
            return name;
    if (asked->count == ASKED_NAMES_MAX) {
        asked->left_out++;
        return NULL;
    }
    asked->count++;
    *name = (struct asked_name){.since = -1};
    snprintf(name->name, sizeof name->name, "%s", text);
    snprintf(name->program, sizeof name->program, "%s", program);
    return name;
}

static void wait_until(struct asked_name *name, int64_t now, bool told)
{
    int64_t waited = name->since < 0 ? 0 : now - name->since;

    /* What is known counts more than what is known to be at least so. */
    if (told != name->told ? told : waited > name->waited)
        name->waited = waited;
    name->told = name->told || told;
}

void asked_question(struct asked *asked, uint16_t port, const char *name, uint16_t type,
                    int64_t now)
{
    static const struct asked_process unknown = {.id = 0};
    const struct asked_process *process =
        asked->owner[port] == 0 ? &unknown : &asked->process[asked->owner[port] - 1];
    struct asked_name *found = find_name(asked, name, process->program);

    if (found == NULL)
        return;
    if (found->since < 0 || found->process != process->id)
        found->since = now;
    found->process = process->id;
    found->reached = found->reached || process->reached;
    found->types |= type == ns_t_a ? ASKED_A : type == ns_t_aaaa ? ASKED_AAAA : ASKED_OTHER;
    found->questions++;
    wait_until(found, now, false);
}

void asked_report(struct asked *asked, pid_t id, const char *name, int64_t now)
{
    struct asked_process *process = &asked->process[find_process(asked, id)];
    struct asked_name *found = find_name(asked, name, process->program);

    /* It says so once a second: what else it asked for, glibc went on with, too. */
    process->reached = true;
    for (unsigned i = 0; i < asked->count; i++)
        if (asked->name[i].process == process->id)
            asked->name[i].reached = true;
    if (found == NULL)
        return;
    found->process = process->id;
    found->reached = true;
    if (found->since >= 0)
        wait_until(found, now, true);
    found->since = -1;
}
