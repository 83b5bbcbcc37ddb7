/* For tests of what the minisign program makes: two keys, and a message to sign. */
#ifndef TESTS_MINISIGN_LAB_H
#define TESTS_MINISIGN_LAB_H

#include "registry/signature.h"
#include "tests/unit/scratch_lab.h"
#include <stdbool.h>

#define COMMENT "gitdns top-sites serial 42"
#define MESSAGE "a page of any octets\n"

static bool have_minisign;

/* A file's octets. */
struct text {
    char *at;
    size_t len;
};

static inline struct text load(const char *name)
{
    struct text text;

    text.at = scratch_read(&scratch, name, &text.len);
    return text;
}

static inline void run(const char *format, ...)
{
    char command[1024];
    int len = snprintf(command, sizeof command, "cd %s && minisign ", scratch.path);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command + len, sizeof command - (size_t)len, format, arguments);
    va_end(arguments);
    strcat(command, " >/dev/null </dev/null");
    if (system(command) != 0)
        errx(1, "failed: %s", command);
}

/* Signs the message with NAME.key into NAME.sig and returns that. */
static inline struct text sign(const char *key, const char *comment, const char *options)
{
    char file[64];

    run("-S %s -s %s.key -x %s.sig -m message -t '%s'", options, key, key, comment);
    snprintf(file, sizeof file, "%s.sig", key);
    return load(file);
}

static inline int set_up_minisign(void **state)
{
    set_up_scratch(state);
    scratch_write(&scratch, "message", MESSAGE, strlen(MESSAGE));
    have_minisign = system("minisign -v >/dev/null 2>&1") == 0;
    if (have_minisign) {
        run("-G -W -p one.pub -s one.key");
        run("-G -W -p two.pub -s two.key");
    }
    return 0;
}

static inline void need_minisign(void)
{
    if (!have_minisign) {
        print_message("skipped: no minisign here\n");
        skip();
    }
}

static inline void add_public(struct keys *keys, const char *name)
{
    struct text text = load(name);

    assert_int_equal(keys_add(keys, text.at, text.len), 0);
    free(text.at);
}

/* The text with every `from` replaced. */
static inline struct text replaced(struct text text, char from, const char *to)
{
    struct text out = {malloc(text.len * (strlen(to) + 1) + 1), 0};

    for (size_t i = 0; i < text.len; i++)
        if (text.at[i] == from)
            out.len += (size_t)sprintf(out.at + out.len, "%s", to);
        else
            out.at[out.len++] = text.at[i];
    return out;
}

#endif
