#include "cli/json.h"
#include "registry/manifest.h"
#include <inttypes.h>

/* How deep members still have lines of their own. */
#define LINES 2

static void print_string(FILE *file, const char *string)
{
    fputc('"', file);
    for (const char *p = string; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;

        if (c == '"' || c == '\\')
            fprintf(file, "\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            fprintf(file, "\\u%04x", c);
        else
            fputc(c, file);
    }
    fputc('"', file);
}

static void start(struct json *json, const char *label)
{
    if (json->any)
        fputc(',', json->file);
    if (json->depth > 0 && json->depth <= LINES)
        fprintf(json->file, "\n%*s", (int)(2 * json->depth), "");
    else if (json->any)
        fputc(' ', json->file);
    json->any = true;
    if (label == NULL)
        return;
    print_string(json->file, label);
    fputs(": ", json->file);
}

void json_open(struct json *json, const char *label, char bracket)
{
    start(json, label);
    fputc(bracket, json->file);
    json->depth++;
    json->any = false;
}

void json_close(struct json *json, char bracket)
{
    json->depth--;
    if (json->any && json->depth < LINES)
        fprintf(json->file, "\n%*s", (int)(2 * json->depth), "");
    fputc(bracket, json->file);
    json->any = true;
}

void json_begin(struct json *json, int format)
{
    *json = (struct json){.file = stdout};
    json_open(json, NULL, '{');
    json_number(json, "format", format);
}

void json_end(struct json *json)
{
    json_close(json, '}');
    fputc('\n', json->file);
}

void json_text(struct json *json, const char *label, const char *text)
{
    start(json, label);
    print_string(json->file, text);
}

void json_flag(struct json *json, const char *label, bool value)
{
    start(json, label);
    fputs(value ? "true" : "false", json->file);
}

void json_number(struct json *json, const char *label, int64_t value)
{
    start(json, label);
    fprintf(json->file, "%" PRId64, value);
}

void json_share(struct json *json, const char *label, double value)
{
    start(json, label);
    fprintf(json->file, "%.4f", value);
}

void json_time(struct json *json, const char *label, int64_t time)
{
    char stamp[TIMESTAMP_OCTETS];

    timestamp_format(time, stamp);
    json_text(json, label, stamp);
}

void json_null(struct json *json, const char *label)
{
    start(json, label);
    fputs("null", json->file);
}
