#include "copy/config_file.h"
#include "base/error.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_OCTETS (64 * 1024)
#define BLANKS " \t"
#define UTF8_MARK "\xef\xbb\xbf"

struct lines {
    struct config_file file;
    const struct config_reader *reader;
    const char *rest; /* what inih has not seen yet */
    size_t rest_len;
    const char *cause; /* NULL: nothing wrong so far */
};

/* inih's handler: 0 is an error. It cuts long headings: ours is as it stands in the file. */
static int handle(void *user, const char *section, const char *name, const char *value)
{
    struct lines *lines = user;

    (void)section;
    lines->cause = lines->reader->setting(lines->reader->user, &lines->file, name, value);
    return lines->cause == NULL;
}

/* inih finds what is wrong with a heading that has no end. */
static void note_heading(struct lines *lines, const char *line)
{
    const char *start = line + 1 + strspn(line + 1, BLANKS), *end = strchr(line, ']');

    if (*line != '[' || end == NULL)
        return;
    while (end > start && strchr(BLANKS, end[-1]) != NULL)
        end--;
    if (end < start)
        start = end;
    memcpy(lines->file.section, start, (size_t)(end - start));
    lines->file.section[end - start] = '\0';
    lines->file.heading = lines->file.line;
    lines->cause = lines->reader->section(lines->reader->user, &lines->file);
}

/* Takes the next line off the rest. Returns its start. */
static const char *take_line(struct lines *lines, size_t *len)
{
    const char *line = lines->rest, *end = memchr(line, '\n', lines->rest_len);
    size_t taken = end != NULL ? (size_t)(end + 1 - line) : lines->rest_len;

    *len = end != NULL ? taken - 1 : taken;
    lines->rest += taken;
    lines->rest_len -= taken;
    lines->file.line++;
    if (lines->file.line == 1 && *len >= 3 && memcmp(line, UTF8_MARK, 3) == 0) {
        line += 3;
        *len -= 3;
    }
    return line;
}

/* inih's reader: the next line to `out`, or NULL at the end or after an error, so that the line
 * counted here is the one at fault. inih itself would split a line that is too long. */
static char *next_line(char *out, int size, void *user)
{
    struct lines *lines = user;
    const char *line;
    size_t len;

    if (lines->cause != NULL || lines->rest_len == 0)
        return NULL;
    line = take_line(lines, &len);
    if (len >= (size_t)size || len > CONFIG_LINE_MAX) {
        lines->cause = "line too long";
        return NULL;
    }
    if (memchr(line, '\0', len) != NULL) {
        lines->cause = "NUL octet";
        return NULL;
    }
    while (len > 0 && strchr(BLANKS, *line) != NULL) {
        line++;
        len--;
    }
    memcpy(out, line, len);
    out[len] = '\0';
    note_heading(lines, out);
    return lines->cause == NULL ? out : NULL;
}

/* Returns 0 or -1 with `error`. */
static int parse(struct lines *lines, char error[MESSAGE_OCTETS])
{
    int fault = ini_parse_stream(next_line, lines, handle, lines);

    /* inih goes on after a line that it cannot parse, so that one stands before any other fault. */
    if (fault > 0 && (lines->cause == NULL || (unsigned)fault < lines->file.line))
        message_set(error, "%s:%d: neither [section] nor key = value", lines->file.path, fault);
    else if (lines->cause != NULL)
        message_set(error, "%s:%u: %s", lines->file.path, lines->file.line, lines->cause);
    else
        return 0;
    return -1;
}

int config_file_read(const char *path, const struct config_reader *reader,
                     char error[MESSAGE_OCTETS])
{
    char *text = malloc(FILE_MAX_OCTETS);
    int len = text != NULL ? file_read(AT_FDCWD, path, text, FILE_MAX_OCTETS) : -ENOMEM, r = -1;

    if (len >= 0) {
        struct lines lines = {
            .file.path = path, .reader = reader, .rest = text, .rest_len = (size_t)len};

        r = parse(&lines, error);
    } else {
        message_set(error, "%s: %s", path, error_text(len));
        r = len == -ENOENT ? len : -1;
    }
    free(text);
    return r;
}
