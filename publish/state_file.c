#include "publish/state_file.h"
#include "base/error.h"
#include "publish/payload.h"
#include "registry/manifest.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENDS_MAX 64

int state_file_fail(const struct state_folder *folder, const struct state_kind *kind, int code,
                    struct problem *problem)
{
    return problem_set(problem, code, "%s/%s: %s", folder->path, kind->file, error_text(code));
}

int state_reader_damaged(const struct state_reader *reader)
{
    return problem_set(reader->problem, E_STATE_DAMAGED,
                       "%s/%s:%" PRIu64 ": damaged; without the file %s", reader->folder->path,
                       reader->kind->file, reader->line, reader->kind->without);
}

/* Why no whole line has come. */
static int lacking(const struct state_reader *reader, int r)
{
    return r == E_STOPPED || error_is_errno(r)
               ? state_file_fail(reader->folder, reader->kind, r, reader->problem)
               : state_reader_damaged(reader);
}

void state_reader_close(struct state_reader *reader)
{
    input_close(reader->input);
    reader->input = NULL;
}

int state_reader_open(struct state_reader *reader, const struct state_folder *folder,
                      const struct state_kind *kind, struct problem *problem)
{
    const size_t n = strlen(kind->begins);
    struct input_line line;
    int fd, r;

    *reader = (struct state_reader){.folder = folder, .kind = kind, .problem = problem, .line = 1};
    fd = owned_open_file(folder->directory, kind->file, O_RDONLY);
    if (fd == -ENOENT)
        return 0;
    r = fd < 0 ? fd : input_open_gzip(&reader->input, fd);
    if (r == 0)
        r = input_next(reader->input, &line);
    if (r < 0 && r != E_GZIP_BROKEN && r != E_GZIP_SHORT)
        return state_file_fail(folder, kind, r, problem);
    if (r > 0 && line.len > n && memcmp(line.text, kind->begins, n) == 0)
        reader->number = serial_parse(line.text + n, line.len - n);
    return reader->number > 0 ? 0 : state_reader_damaged(reader);
}

int state_reader_next(struct state_reader *reader, struct input_line *line)
{
    char end[ENDS_MAX];
    int r = input_next(reader->input, line), len;

    reader->line++;
    if (r <= 0 || line->cut)
        return lacking(reader, r);
    if (line->len <= 4 || memcmp(line->text, "end ", 4) != 0) {
        reader->lines++;
        return 1;
    }
    len = snprintf(end, sizeof end, "end %" PRIu64, reader->lines);
    if ((size_t)len != line->len || memcmp(end, line->text, line->len) != 0)
        return state_reader_damaged(reader);
    r = input_next(reader->input, line);
    return r == 0 ? 0 : lacking(reader, r);
}

/* The name of the file that is to take its place. */
static void name_new(const struct state_kind *kind, char name[ENDS_MAX])
{
    snprintf(name, ENDS_MAX, "%s.new", kind->file);
}

int state_writer_open(struct state_writer *writer, const struct state_folder *folder,
                      const struct state_kind *kind, uint32_t number)
{
    char name[ENDS_MAX], line[ENDS_MAX];
    int len = snprintf(line, sizeof line, "%s%" PRIu32 "\n", kind->begins, number), r;

    *writer = (struct state_writer){.folder = folder, .kind = kind};
    name_new(kind, name);
    unlinkat(folder->directory, name, 0);
    writer->fd = openat(folder->directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (writer->fd < 0)
        return -errno;
    r = payload_open(&writer->payload, writer->fd);
    if (r < 0)
        return r;
    if (kind->persists)
        payload_persist(writer->payload);
    return payload_add(writer->payload, line, (size_t)len);
}

int state_writer_add(struct state_writer *writer, const char *line, size_t len)
{
    writer->lines++;
    return payload_add(writer->payload, line, len);
}

int state_writer_close(struct state_writer *writer, int r)
{
    int directory = writer->folder->directory, len;
    char name[ENDS_MAX], line[ENDS_MAX];
    struct payload_sums sums;

    name_new(writer->kind, name);
    len = snprintf(line, sizeof line, "end %" PRIu64 "\n", writer->lines);
    if (r == 0)
        r = payload_add(writer->payload, line, (size_t)len);
    if (r == 0)
        r = payload_finish(writer->payload, &sums);
    payload_close(writer->payload);
    if (writer->fd >= 0)
        close(writer->fd);
    if (r == 0 &&
        (renameat(directory, name, directory, writer->kind->file) < 0 || fsync(directory) < 0))
        r = -errno;
    if (r < 0)
        unlinkat(directory, name, 0);
    return r;
}
