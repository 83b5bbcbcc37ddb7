#include "mentions/ways_of_one.h"
#include "registry/registry.h"
#include <string.h>

/* Patterns of one Host line. */
#define SSH_HOSTS_MAX 64

struct ssh_host {
    struct piece name[SSH_HOSTS_MAX];
    unsigned count;
    unsigned line;
};

static bool is_pattern(struct piece word)
{
    return memchr(word.text, '*', word.len) != NULL || memchr(word.text, '?', word.len) != NULL ||
           word.text[0] == '!';
}

/* `KEYWORD WORD...` or `KEYWORD=WORD...` */
static struct piece take_keyword(struct piece *line)
{
    struct piece keyword = piece_trim(*line);

    *line = keyword;
    keyword.len = 0;
    while (keyword.len < line->len &&
           (line->text[keyword.len] == '\0' || strchr(" \t=", line->text[keyword.len]) == NULL))
        keyword.len++;
    *line = piece_trim(piece_behind(*line, keyword.len));
    if (piece_starts(*line, "="))
        *line = piece_trim(piece_behind(*line, 1));
    return keyword;
}

static void take_patterns(struct ssh_host *host, struct piece rest, unsigned line)
{
    struct piece word;

    host->count = 0;
    host->line = line;
    while (host->count < SSH_HOSTS_MAX && next_word(&rest, &word))
        if (!is_pattern(word))
            host->name[host->count++] = word;
}

/* No HostName has come: they are hosts themselves. */
static void end_host(struct reading *reading, struct ssh_host *host)
{
    for (unsigned i = 0; i < host->count; i++)
        mention_list_add(reading->list, host->name[i], false, host->line);
    host->count = 0;
}

/* `%h` stands for each pattern. */
static void take_host_name(struct reading *reading, struct ssh_host *host, struct piece name)
{
    const char *sign = memmem(name.text, name.len, "%h", 2);
    size_t before;

    if (sign == NULL) {
        mention_list_add(reading->list, name, false, reading->line);
        host->count = 0;
        return;
    }
    before = (size_t)(sign - name.text);
    for (unsigned i = 0; i < host->count; i++) {
        char whole[NAME_MAX_OCTETS];
        size_t len = name.len - 2 + host->name[i].len;

        if (len > sizeof whole)
            continue;
        memcpy(whole, name.text, before);
        memcpy(whole + before, host->name[i].text, host->name[i].len);
        memcpy(whole + before + host->name[i].len, sign + 2, name.len - before - 2);
        mention_list_add(reading->list, (struct piece){whole, len}, false, reading->line);
    }
    host->count = 0;
}

void read_ssh_config(struct reading *reading)
{
    struct ssh_host host = {.count = 0};
    struct piece line, word, found;

    while (reading_next(reading, &line)) {
        struct piece keyword = take_keyword(&line);

        if (piece_is_one_of(keyword, "host match")) {
            end_host(reading, &host);
            if (piece_is_caseless(keyword, "host"))
                take_patterns(&host, line, reading->line);
        } else if (piece_is_caseless(keyword, "hostname") && next_word(&line, &word)) {
            take_host_name(reading, &host, word);
        } else if (piece_is_caseless(keyword, "proxyjump")) {
            /* One of one label is most often a Host of this file. */
            while (next_word(&line, &word))
                if (host_of_word(word, 0, &found))
                    mention_list_add(reading->list, found, true, reading->line);
        }
    }
    end_host(reading, &host);
}

void read_known_hosts(struct reading *reading)
{
    struct piece line, hosts, word;

    while (reading_next(reading, &line)) {
        line = piece_trim(line);
        if (piece_starts(line, "@"))
            take_keyword(&line);
        if (piece_starts(line, "|"))
            continue;
        hosts = line;
        hosts.len = 0;
        while (hosts.len < line.len && line.text[hosts.len] != ' ' && line.text[hosts.len] != '\t')
            hosts.len++;
        while (next_word(&hosts, &word))
            if (!is_pattern(word))
                reading_take_word(reading, word);
    }
}

void read_git_config(struct reading *reading)
{
    struct piece line;

    while (reading_next(reading, &line)) {
        struct piece words = piece_trim(line), word;
        struct piece key = take_keyword(&words);

        if (piece_is_one_of(key, "[url [http [credential url pushurl proxy") &&
            next_word(&words, &word))
            reading_take_word(reading, word);
    }
}

/* `HOST:/PATH` and `HOST1,HOST2:/PATH`, `//HOST/SHARE`, `USER@HOST:PATH`, URLs. */
static void take_remote(struct reading *reading, struct piece device)
{
    bool remote = piece_starts(device, "//") || memmem(device.text, device.len, ":/", 2) != NULL ||
                  (memchr(device.text, '@', device.len) != NULL &&
                   memchr(device.text, ':', device.len) != NULL);
    struct piece word;

    if (piece_starts(device, "sshfs#"))
        device = piece_behind(device, strlen("sshfs#"));
    while (remote && next_word(&device, &word))
        reading_take_word(reading, word);
}

void read_fstab(struct reading *reading)
{
    struct piece line;

    while (reading_next(reading, &line)) {
        struct piece device = piece_trim(line);
        size_t len = 0;

        while (len < device.len && device.text[len] != ' ' && device.text[len] != '\t')
            len++;
        device.len = len;
        take_remote(reading, device);
    }
}

void read_mount(struct reading *reading)
{
    struct piece line, word;

    while (reading_next(reading, &line))
        if (piece_is_caseless(take_keyword(&line), "what") && next_word(&line, &word))
            take_remote(reading, word);
}

void read_autofs(struct reading *reading)
{
    struct piece line, word;

    while (reading_next(reading, &line))
        while (next_word(&line, &word))
            if (word.text[0] != '-')
                take_remote(reading, piece_starts(word, ":") ? piece_behind(word, 1) : word);
}

void read_transport(struct reading *reading)
{
    struct piece line;

    while (reading_next(reading, &line)) {
        const char *open;

        while ((open = memchr(line.text, '[', line.len)) != NULL) {
            struct piece host = piece_behind(line, (size_t)(open - line.text) + 1);
            const char *end = memchr(host.text, ']', host.len);

            if (end == NULL)
                break;
            line = piece_behind(host, (size_t)(end - host.text) + 1);
            host.len = (size_t)(end - host.text);
            mention_list_add(reading->list, host, true, reading->line);
        }
    }
}

/* `@HOST`, `@@HOST` and `@@(OPTIONS)HOST` */
static void take_action(struct reading *reading, struct piece word)
{
    while (piece_starts(word, "@"))
        word = piece_behind(word, 1);
    if (piece_starts(word, "(")) {
        const char *end = memchr(word.text, ')', word.len);

        word = end != NULL ? piece_behind(word, (size_t)(end - word.text) + 1)
                           : piece_behind(word, word.len);
    }
    reading_take_word(reading, word);
}

void read_rsyslog(struct reading *reading)
{
    struct piece line, word;

    while (reading_next(reading, &line))
        while (next_word(&line, &word)) {
            if (piece_starts(word, "#"))
                break;
            if (piece_starts(word, "@"))
                take_action(reading, word);
        }
}
