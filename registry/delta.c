#include "registry/delta.h"
#include <string.h>

int delta_parse(struct text_reader *reader, const char *line, size_t len, struct record *record)
{
    int r;

    if (len == 0 || line[0] != '-')
        return text_parse(reader, line, len, record);
    r = text_check_name(reader, line + 1, len - 1);
    if (r < 0)
        return r;
    text_accept_name(reader, line + 1, len - 1);
    *record = (struct record){.name = line + 1, .name_len = (unsigned)len - 1};
    return 0;
}

size_t delta_format_removal(const struct record *record, char *line)
{
    line[0] = '-';
    memcpy(line + 1, record->name, record->name_len);
    line[record->name_len + 1] = '\n';
    return record->name_len + 2;
}
