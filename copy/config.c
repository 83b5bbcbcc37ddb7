#include "copy/config.h"
#include "base/error.h"
#include "base/file.h"
#include "base/number.h"
#include "copy/copy.h"
#include "copy/serials.h"
#include "registry/name.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_OCTETS (64 * 1024)

#define GIB (INT64_C(1) << 30)
/* A limit in words. */
#define LIMIT_OCTETS 32

struct parser {
    struct config *config;
    const char *rest; /* what inih has not seen yet */
    size_t rest_len;
    unsigned line;
    unsigned seen;     /* bit i: settings[i] has been given */
    const char *cause; /* NULL: nothing wrong so far */
    char text[128];    /* where a cause lies that is no constant */
};

/* One key of the file. `set` returns NULL or why the value will not do. */
struct setting {
    const char *section;
    const char *name;
    const char *(*set)(struct parser *parser, const struct setting *setting, const char *value);
    size_t offset; /* of a number in struct config */
    int64_t min;
    int64_t max;
};

struct unit {
    const char *name;
    int64_t size;
};

/* Of each, the largest first. */
static const struct unit times[] = {{"d", DAY}, {"h", HOUR}, {"m", MINUTE}, {"s", 1}};
static const struct unit sizes[] = {{"GiB", GIB}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}};
static const struct unit one[] = {{"", 1}};

/* `365d`, `64GiB`, `64`, `0`; the last of the units is 1. */
static void format_limit(int64_t limit, const struct unit *unit, char out[LIMIT_OCTETS])
{
    while (limit % unit->size != 0)
        unit++;
    snprintf(out, LIMIT_OCTETS, "%" PRId64 "%s", limit / unit->size, limit == 0 ? "" : unit->name);
}

static const char *store_number(struct parser *parser, const struct setting *setting, int64_t n,
                                const struct unit *units)
{
    char min[LIMIT_OCTETS], max[LIMIT_OCTETS];

    if (n >= setting->min && n <= setting->max) {
        memcpy((char *)parser->config + setting->offset, &n, sizeof n);
        return NULL;
    }
    format_limit(setting->min, units, min);
    format_limit(setting->max, units, max);
    snprintf(parser->text, sizeof parser->text, "%s must be %s to %s", setting->name, min, max);
    return parser->text;
}

static const char *set_duration(struct parser *parser, const struct setting *setting,
                                const char *value)
{
    int64_t seconds = duration_parse(value, "dhms");

    return seconds >= 0 ? store_number(parser, setting, seconds, times)
                        : "not a duration (a number and d, h, m or s)";
}

static const char *set_size(struct parser *parser, const struct setting *setting, const char *value)
{
    const char *unit;
    int64_t n = number_parse(value, &unit);

    for (size_t i = 0; n >= 0 && i < sizeof sizes / sizeof *sizes; i++)
        if (strcmp(unit, sizes[i].name) == 0) {
            if (__builtin_mul_overflow(n, sizes[i].size, &n))
                n = INT64_MAX;
            return store_number(parser, setting, n, sizes);
        }
    return "not a size (a number and KiB, MiB, GiB or nothing)";
}

static const char *set_count(struct parser *parser, const struct setting *setting,
                             const char *value)
{
    const char *rest;
    int64_t n = number_parse(value, &rest);

    return n >= 0 && *rest == '\0' ? store_number(parser, setting, n, one) : "not a number";
}

static const char *set_name(struct parser *parser, const struct setting *setting, const char *value)
{
    (void)setting;
    if (registry_name_check(value, strlen(value)) != 0) {
        snprintf(parser->text, sizeof parser->text,
                 "not a registry's name (1 to %d of a-z 0-9 . -)", REGISTRY_NAME_MAX);
        return parser->text;
    }
    strcpy(parser->config->name, value);
    return NULL;
}

static bool url_has(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

static const char *check_url(CURLU *url, const char *value)
{
    char *scheme = NULL;
    bool known;

    if (curl_url_set(url, CURLUPART_URL, value, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return "not a URL of http, https or file";
    known =
        strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0 || strcmp(scheme, "file") == 0;
    curl_free(scheme);
    if (!known)
        return "not a URL of http, https or file";
    /* They would be shown in messages and in `gitdns status`. */
    if (url_has(url, CURLUPART_USER) || url_has(url, CURLUPART_PASSWORD))
        return "a URL with a user name or password is refused";
    /* The names of a registry's files are appended. */
    if (url_has(url, CURLUPART_QUERY) || url_has(url, CURLUPART_FRAGMENT))
        return "a URL with `?` or `#` is refused";
    return NULL;
}

static const char *set_url(struct parser *parser, const struct setting *setting, const char *value)
{
    struct config *config = parser->config;
    const char *cause;
    CURLU *url;

    (void)setting;
    if (config->urls == CONFIG_URLS_MAX)
        return "too many mirrors";
    url = curl_url();
    if (url == NULL)
        return "out of memory";
    cause = check_url(url, value);
    curl_url_cleanup(url);
    if (cause == NULL) {
        char *slot = config->url[config->urls++];

        strcpy(slot, value);
        if (value[strlen(value) - 1] != '/')
            strcat(slot, "/");
    }
    return cause;
}

static const char *set_key(struct parser *parser, const struct setting *setting, const char *value)
{
    struct config *config = parser->config;
    struct config_key *key = &config->key[config->keys];

    (void)setting;
    if (value[0] != '/')
        return "not an absolute path";
    if (config->keys == CONFIG_KEY_PATHS_MAX)
        return "too many keys (a folder of them is one)";
    config->keys++;
    strcpy(key->path, value);
    key->line = parser->line;
    return NULL;
}

static const char *set_private(struct parser *parser, const struct setting *setting,
                               const char *value)
{
    (void)setting;
    parser->config->private = strcmp(value, "yes") == 0;
    return parser->config->private || strcmp(value, "no") == 0 ? NULL : "neither yes nor no";
}

static const char *set_directory(struct parser *parser, const struct setting *setting,
                                 const char *value)
{
    (void)setting;
    if (value[0] != '/')
        return "not an absolute path";
    strcpy(parser->config->directory, value);
    return NULL;
}

#define NUMBER(field) offsetof(struct config, field)

static const struct setting settings[] = {
    {"registry", "name", set_name, 0, 0, 0},
    {"registry", "url", set_url, 0, 0, 0},
    {"registry", "key", set_key, 0, 0, 0},
    {"registry", "private", set_private, 0, 0, 0},
    {"sync", "directory", set_directory, 0, 0, 0},
    {"sync", "interval", set_duration, NUMBER(interval), MINUTE, 365 * DAY},
    {"sync", "keep", set_count, NUMBER(keep), 1, SERIALS_KEEP_MAX},
    {"sync", "max-age", set_duration, NUMBER(max_age), 0, 3650 * DAY},
    {"sync", "max-size", set_size, NUMBER(max_octets), 1, 64 * GIB},
    {"sync", "connect-timeout", set_duration, NUMBER(connect_timeout), 1, 10 * MINUTE},
    {"sync", "stall-timeout", set_duration, NUMBER(stall_timeout), 1, 10 * MINUTE},
    {"sync", "round-timeout", set_duration, NUMBER(round_timeout), 1, DAY},
};

#define SETTINGS (sizeof settings / sizeof *settings)

static const char *set(struct parser *parser, const char *section, const char *name,
                       const char *value)
{
    for (unsigned i = 0; i < SETTINGS; i++) {
        const struct setting *setting = &settings[i];
        bool repeats = setting->set == set_url || setting->set == set_key;

        if (strcmp(section, setting->section) != 0 || strcmp(name, setting->name) != 0)
            continue;
        if ((parser->seen & (1U << i)) != 0 && !repeats) {
            snprintf(parser->text, sizeof parser->text, "%s is given twice", name);
            return parser->text;
        }
        parser->seen |= 1U << i;
        return *value == '\0' ? "no value" : setting->set(parser, setting, value);
    }
    snprintf(parser->text, sizeof parser->text, "no such setting: [%.40s] %.40s", section, name);
    return parser->text;
}

/* inih's handler: 0 is an error. */
static int handle(void *user, const char *section, const char *name, const char *value)
{
    struct parser *parser = user;

    parser->cause = set(parser, section, name, value);
    return parser->cause == NULL;
}

/* inih's reader: the next line to `out`, or NULL at the end or after an error, so that the line
 * counted here is the one at fault. inih itself would split a line that is too long. */
static char *next_line(char *out, int size, void *user)
{
    struct parser *parser = user;
    const char *line = parser->rest, *end;
    size_t len, taken;

    if (parser->cause != NULL || parser->rest_len == 0)
        return NULL;
    end = memchr(line, '\n', parser->rest_len);
    len = end != NULL ? (size_t)(end - line) : parser->rest_len;
    taken = end != NULL ? len + 1 : len;
    parser->rest += taken;
    parser->rest_len -= taken;
    parser->line++;

    if (len >= (size_t)size || len > CONFIG_LINE_MAX) {
        parser->cause = "line too long";
        return NULL;
    }
    if (memchr(line, '\0', len) != NULL) {
        parser->cause = "NUL octet";
        return NULL;
    }
    while (len > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        len--;
    }
    memcpy(out, line, len);
    out[len] = '\0';
    return out;
}

/* What must have been given; NULL if all of it was. */
static const char *missing(const struct config *config)
{
    if (config->name[0] == '\0')
        return "[registry] has no name";
    if (config->urls == 0)
        return "[registry] has no url";
    return config->keys == 0 ? "[registry] has no key" : NULL;
}

/* Reads the text into parser->config. Returns 0, or -1 with the cause in `error`. */
static int parse(struct parser *parser, const char *path, char error[MESSAGE_OCTETS])
{
    int fault = ini_parse_stream(next_line, parser, handle, parser);

    /* inih goes on after a line that it cannot parse, so that one stands before any other fault. */
    if (fault > 0 && (parser->cause == NULL || (unsigned)fault < parser->line))
        message_set(error, "%s:%d: neither [section] nor key = value", path, fault);
    else if (parser->cause != NULL)
        message_set(error, "%s:%u: %s", path, parser->line, parser->cause);
    else if (missing(parser->config) != NULL)
        message_set(error, "%s: %s", path, missing(parser->config));
    else
        return 0;
    return -1;
}

int config_load(struct config *config, const char *path, char error[MESSAGE_OCTETS])
{
    char *text = malloc(FILE_MAX_OCTETS);
    int len = text != NULL ? file_read(AT_FDCWD, path, text, FILE_MAX_OCTETS) : -ENOMEM, r = -1;

    *config = (struct config){
        .file = path,
        .interval = 7 * DAY,
        .connect_timeout = 30,
        .stall_timeout = 60,
        .round_timeout = HOUR,
        .max_octets = 2 * (uint64_t)GIB,
        .keep = 4,
        .directory = STORE_DIRECTORY,
    };
    if (len < 0) {
        message_set(error, "%s: %s", path, error_text(len));
    } else {
        struct parser parser = {.config = config, .rest = text, .rest_len = (size_t)len};

        r = parse(&parser, path, error);
    }
    free(text);
    return r;
}

int config_load_keys(const struct config *config, struct keys *keys, char error[MESSAGE_OCTETS])
{
    keys->count = 0;
    for (unsigned i = 0; i < config->keys; i++) {
        int r = keys_load(keys, config->key[i].path);

        if (r < 0) {
            message_set(error, "%s:%u: key %s: %s", config->file, config->key[i].line,
                        config->key[i].path, error_text(r));
            return -1;
        }
    }
    return 0;
}
