/* JSON for programs (RFC 8259), written as it goes: the two outer levels with a member a line. */
#ifndef GITDNS_CLI_JSON_H
#define GITDNS_CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Begins as zeros and a file. */
struct json {
    FILE *file;
    unsigned depth;
    bool any; /* something stands before what comes next here */
};

/* Begins the object that a command prints, with the member `format`, which goes up where what
 * programs rely on changes; and ends it. */
void json_begin(struct json *json, int format);
void json_end(struct json *json);

/* Of what stands in an array the label is NULL. `bracket` is '{' or '[', and '}' or ']'. */
void json_open(struct json *json, const char *label, char bracket);
void json_close(struct json *json, char bracket);

/* Text is ASCII; other octets come out as U+0080 to U+00FF. */
void json_text(struct json *json, const char *label, const char *text);
void json_flag(struct json *json, const char *label, bool value);
void json_number(struct json *json, const char *label, int64_t value);
void json_share(struct json *json, const char *label, double value); /* 0 to 1 */
void json_time(struct json *json, const char *label, int64_t time);  /* Unix time */
void json_null(struct json *json, const char *label);

#endif
