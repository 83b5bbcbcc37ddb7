#include "outage/names_file.h"
#include "base/file.h"
#include "registry/name.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void names_file_write(const struct gates *gates, int directory)
{
    char *text = NULL;
    size_t len = 0;
    FILE *file = open_memstream(&text, &len);

    if (file == NULL)
        return;
    if (gates->root.state == GATE_OUT)
        fprintf(file, "%" PRId64 " .\n", gates->root.since);
    for (unsigned i = 0; i < gates->used; i++) {
        const struct gate *gate = &gates->gate[i];

        if (gate->state == GATE_OUT)
            fprintf(file, "%" PRId64 " %s%s%s\n", gate->since, gate_subject(gate),
                    gate->at > 0 ? " " : "", gate->at > 0 ? gate->name : "");
    }
    if (fclose(file) == 0)
        file_replace(directory, OUTAGE_NAMES_FILE, text, len, 0600);
    free(text);
}

/* `NAME`, `.DOMAIN` or `.DOMAIN NAME` */
static void recall(struct gates *gates, char *text, int64_t now)
{
    const char *subject = strsep(&text, " "), *name = text != NULL ? text : subject;
    size_t len = strlen(name), end = strlen(subject), dot = text == NULL && *subject == '.';

    if (strcmp(subject, ".") == 0)
        suspects_root(gates, now);
    else if (name_check(name + dot, len - dot) == 0 &&
             (text == NULL ||
              (*subject == '.' && len > end && strcmp(name + len - end, subject) == 0)))
        suspects_begin(gates, name, len, len - end, now);
}

static void recall_reports(const struct gates *gates, struct copy_names *copy_names)
{
    for (unsigned i = 0; i < gates->used; i++)
        if (gates->gate[i].state != GATE_FREE && gates->gate[i].name[0] != '.')
            copy_names_report(copy_names, gates->gate[i].name, gates->gate[i].len);
}

void names_file_read(struct gates *gates, struct copy_names *copy_names, int directory, int64_t now)
{
    size_t size = GATES_MAX * (2 * NAME_MAX_OCTETS + 32);
    char *text = malloc(size + 1), *rest = text, *line;
    int len = text != NULL ? file_read_unlinked(directory, OUTAGE_NAMES_FILE, text, size) : -ENOMEM;

    if (len > 0) {
        text[len] = '\0';
        while ((line = strsep(&rest, "\n")) != NULL) {
            char *what = strchr(line, ' ');

            if (what != NULL)
                recall(gates, what + 1, now);
        }
    }
    recall_reports(gates, copy_names);
    free(text);
}
