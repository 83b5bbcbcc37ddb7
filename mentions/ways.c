#include "mentions/ways.h"
#include <string.h>

void read_urls(struct reading *reading)
{
    struct piece line;

    while (reading_next(reading, &line))
        reading_take_urls(reading, line);
}

void read_words(struct reading *reading)
{
    struct piece line, word;

    while (reading_next(reading, &line))
        while (next_word(&line, &word)) {
            reading_take_word(reading, word);
            if ((reading->source->flags & MENTION_FIRST) != 0)
                break;
        }
}

/* Takes off what may stand in front of a key. */
static struct piece skip_to_key(struct piece line)
{
    static const char *const words[] = {"export ", "setenv ", "- ", "\"", "'"};

    line = piece_trim(line);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (piece_starts(line, words[i]))
            line = piece_trim(piece_behind(line, strlen(words[i])));
    return line;
}

/* Whether the line has one of the keys; then `value` is what stands behind it. */
static bool take_key(const struct reading *reading, struct piece line, struct piece *value)
{
    struct piece key = skip_to_key(line);

    line = key;
    key.len = 0;
    while (key.len < line.len &&
           (line.text[key.len] == '\0' || strchr(" \t=:\"'", line.text[key.len]) == NULL))
        key.len++;
    if (!piece_is_one_of(key, reading->source->keys))
        return false;
    *value = piece_behind(line, key.len);
    while (value->len > 0 && strchr(" \t=:\"'", value->text[0]) != NULL && value->text[0] != '\0')
        *value = piece_behind(*value, 1);
    return true;
}

static void take_value(struct reading *reading, struct piece value)
{
    struct piece word;

    while (next_word(&value, &word)) {
        if (word.text[0] == '-')
            continue;
        if (piece_starts(word, "#"))
            return;
        reading_take_word(reading, word);
        if ((reading->source->flags & MENTION_FIRST) != 0)
            return;
    }
}

/* Brackets that the text opens, less those that it closes. */
static int brackets(struct piece text)
{
    int open = 0;

    for (size_t i = 0; i < text.len; i++)
        open += (text.text[i] == '[') - (text.text[i] == ']');
    return open;
}

void read_keys(struct reading *reading)
{
    bool continued = (reading->source->flags & MENTION_CONTINUED) != 0, within = false;
    struct piece line, value;
    int open = 0;

    while (reading_next(reading, &line)) {
        bool blank = line.text[0] == ' ' || line.text[0] == '\t';

        if (open <= 0 && !(continued && within && blank)) {
            open = 0;
            within = take_key(reading, line, &value);
            line = value;
        }
        if (!within)
            continue;
        open += brackets(line);
        take_value(reading, line);
    }
}

void read_attributes(struct reading *reading)
{
    struct piece line;

    while (reading_next(reading, &line)) {
        struct piece rest = line;

        while (rest.len > 0) {
            size_t len = 0;
            struct piece key, value;

            while (len < rest.len && rest.text[len] != '=')
                len++;
            key = piece_trim((struct piece){rest.text, len});
            rest = piece_behind(rest, len + (len < rest.len));
            for (len = key.len; len > 0 && (key.text[len - 1] == '\0' ||
                                            strchr(" \t(,", key.text[len - 1]) == NULL);)
                len--;
            key = piece_behind(key, len);
            value = piece_trim(rest);
            if (!piece_is_one_of(key, reading->source->keys) || !piece_starts(value, "\""))
                continue;
            value = piece_behind(value, 1);
            len = 0;
            while (len < value.len && value.text[len] != '"')
                len++;
            take_value(reading, (struct piece){value.text, len});
        }
    }
}

/* Deeper ones are not told apart. */
#define JSON_DEPTH_MAX 32

struct json {
    struct piece key[JSON_DEPTH_MAX]; /* of what is open, from outside in */
    unsigned depth;
    struct piece string; /* the last one, while it is not known what it is */
    unsigned line;       /* where it stands */
};

/* What stands before it in its object, or what its array or object belongs to. */
static struct piece json_key(const struct json *json, unsigned depth)
{
    static const struct piece none = {"", 0};

    return depth > 0 && depth <= JSON_DEPTH_MAX ? json->key[depth - 1] : none;
}

static void json_take(struct reading *reading, struct json *json, struct piece key)
{
    unsigned line = reading->line;

    reading->line = json->line;
    if (json->string.len > 0 && piece_is_one_of(key, reading->source->keys))
        reading_take_word(reading, json->string);
    reading->line = line;
    json->string.len = 0;
}

/* One octet outside of strings. */
static void json_step(struct reading *reading, struct json *json, char c)
{
    struct piece key = json->string;

    switch (c) {
    case ':': /* the string was a key: of those outside it, the nearest one */
        json_take(reading, json, json_key(json, json->depth > 0 ? json->depth - 1 : 0));
        if (json->depth > 0 && json->depth <= JSON_DEPTH_MAX)
            json->key[json->depth - 1] = key;
        break;
    case '[':
    case '{':
        if (json->depth < JSON_DEPTH_MAX)
            json->key[json->depth] = c == '[' ? json_key(json, json->depth) : (struct piece){"", 0};
        json->depth++;
        json->string.len = 0;
        break;
    case ']':
    case '}':
    case ',':
        json_take(reading, json, json_key(json, json->depth));
        if (c != ',' && json->depth > 0)
            json->depth--;
        break;
    default:
        break;
    }
}

void read_json(struct reading *reading)
{
    struct piece text = reading->rest;
    struct json json = {.depth = 0};

    reading->line = 1;
    for (size_t i = 0; i < text.len; i++) {
        size_t start = i + 1;

        reading->line += text.text[i] == '\n';
        if (text.text[i] != '"') {
            json_step(reading, &json, text.text[i]);
            continue;
        }
        json.line = reading->line;
        for (i = start; i < text.len && text.text[i] != '"'; i++)
            i += text.text[i] == '\\';
        json.string = (struct piece){text.text + start, i < text.len ? i - start : 0};
    }
    reading->rest.len = 0;
}

static unsigned count_lines(const char *from, const char *to)
{
    unsigned count = 0;

    for (; from < to; from++)
        count += *from == '\n';
    return count;
}

/* Behind the first `end` in the text, or at its end. */
static const char *behind(struct piece text, const char *end)
{
    const char *at = memmem(text.text, text.len, end, strlen(end));

    return at != NULL ? at + strlen(end) : text.text + text.len;
}

void read_elements(struct reading *reading)
{
    const char *end = reading->rest.text + reading->rest.len, *at = reading->rest.text, *next;

    reading->line = 1;
    while (at < end) {
        struct piece rest = {at, (size_t)(end - at)}, name, content, word;

        next = behind(rest, "<");
        reading->line += count_lines(at, next);
        rest = (struct piece){next, (size_t)(end - next)};
        at = next;
        if (piece_starts(rest, "!--")) {
            next = behind(rest, "-->");
            reading->line += count_lines(at, next);
            at = next;
            continue;
        }
        next = behind(rest, ">");
        name = (struct piece){at, next > at ? (size_t)(next - at) - 1 : 0};
        reading->line += count_lines(at, next);
        at = next;
        content = (struct piece){at, (size_t)(end - at)};
        next = behind(content, "<");
        content.len = next < end ? (size_t)(next - at) - 1 : content.len;
        if (piece_is_one_of(name, reading->source->keys) && next_word(&content, &word))
            reading_take_word(reading, word);
    }
    reading->rest.len = 0;
}

/* A command, wherever it lies. */
static bool is_command(struct piece word, const char *commands)
{
    const char *slash = memrchr(word.text, '/', word.len);

    if (slash != NULL)
        word = piece_behind(word, (size_t)(slash - word.text) + 1);
    return piece_is_one_of(word, commands);
}

/* How far the words of `ssh [OPTION [ARGUMENT]]... HOST` have come. */
enum ssh_words { SSH_NONE, SSH_OPTIONS, SSH_ARGUMENT };

static enum ssh_words after(enum ssh_words words, struct piece word)
{
    static const char with_argument[] = "BbcDEeFIiJLlmOopQRSWw";

    if (words == SSH_ARGUMENT)
        return SSH_OPTIONS;
    if (word.text[0] != '-')
        return SSH_NONE;
    return word.len == 2 && strchr(with_argument, word.text[1]) != NULL ? SSH_ARGUMENT
                                                                        : SSH_OPTIONS;
}

/* `USER@HOST:`, `HOST:/` and `HOST::`. */
static bool is_remote(struct piece word)
{
    const char *at = memchr(word.text, '@', word.len);
    const char *colon = memchr(word.text, ':', word.len);
    size_t before = colon != NULL ? (size_t)(colon - word.text) : 0;

    if (before == 0 || word.text[0] == '-' || memchr(word.text, '=', word.len) != NULL ||
        memchr(word.text, '/', before) != NULL)
        return false;
    return (at != NULL && at > word.text && at < colon) ||
           (before + 1 < word.len && strchr("/:", colon[1]) != NULL && colon[1] != '\0');
}

/* What `--host=HOST` names. */
static struct piece host_option(struct piece word)
{
    static const char option[] = "--host=";

    return piece_starts(word, option) ? piece_behind(word, sizeof option - 1)
                                      : (struct piece){word.text, 0};
}

static void take_command(struct reading *reading, struct piece line)
{
    enum ssh_words ssh = SSH_NONE;
    bool copies = false;
    struct piece word;

    while (next_word(&line, &word) && !piece_starts(word, "#")) {
        bool destination = ssh == SSH_OPTIONS && word.text[0] != '-';

        ssh = ssh != SSH_NONE ? after(ssh, word) : SSH_NONE;
        copies = copies || is_command(word, "rsync scp sftp sshfs");
        if (!copies && is_command(word, "ssh autossh"))
            ssh = SSH_OPTIONS; /* else it is how to copy */
        if (memmem(word.text, word.len, "://", 3) != NULL)
            reading_take_urls(reading, word);
        else if (host_option(word).len > 0)
            reading_take_word(reading, host_option(word));
        else if (destination || is_remote(word))
            reading_take_word(reading, word);
    }
}

void read_commands(struct reading *reading)
{
    struct piece line;

    while (reading_next(reading, &line))
        if (!piece_starts(line, "Documentation="))
            take_command(reading, line);
}
