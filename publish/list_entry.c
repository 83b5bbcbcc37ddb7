#include "publish/list_entry.h"
#include "publish/problem.h"
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_number(struct word word)
{
    for (size_t i = 0; i < word.len; i++)
        if (!is_digit(word.text[i]))
            return false;
    return word.len > 0;
}

static struct word trim(struct word word)
{
    while (word.len > 0 && is_blank(word.text[0])) {
        word.text++;
        word.len--;
    }
    while (word.len > 0 && is_blank(word.text[word.len - 1]))
        word.len--;
    return word;
}

/* Takes a field off the front of the text, without blanks and quotes around it; false if there is
 * none. Text that ends in a comma has an empty one after it, which is left out. */
static bool take_field(struct word *text, struct word *field)
{
    struct word rest = trim(*text);
    bool quoted = rest.len > 1 && rest.text[0] == '"';
    const char *end = quoted ? memchr(rest.text + 1, '"', rest.len - 1) : NULL, *comma;

    if (rest.len == 0)
        return false;
    comma = end != NULL ? end + 1 : rest.text;
    comma = memchr(comma, ',', rest.len - (size_t)(comma - rest.text));
    *field = (struct word){rest.text, comma != NULL ? (size_t)(comma - rest.text) : rest.len};
    if (end != NULL)
        *field = (struct word){rest.text + 1, (size_t)(end - rest.text - 1)};
    *field = trim(*field);
    if (comma == NULL)
        *text = (struct word){rest.text + rest.len, 0};
    else
        *text = (struct word){comma + 1, rest.len - (size_t)(comma + 1 - rest.text)};
    return true;
}

/* Whether it is a title of names. Some that alone on a line may be a name of a private registry
 * need other titles beside them. */
static bool is_title(struct word field, bool alone)
{
    static const char *const titles[] = {"domain", "origin", "hostname", "host", "name", "url"};
    const size_t clear = 3;

    for (size_t i = 0; i < (alone ? clear : sizeof titles / sizeof *titles); i++)
        if (strlen(titles[i]) == field.len && strncasecmp(titles[i], field.text, field.len) == 0)
            return true;
    return false;
}

/* Whether the line is one of titles, which have no dot; *form then knows the column. */
static bool take_titles(struct list_form *form, struct word text)
{
    bool several = memchr(text.text, ',', text.len) != NULL;
    struct word field;

    if (memchr(text.text, '.', text.len) != NULL || (!several && form->begun))
        return false;
    for (size_t column = 0; take_field(&text, &field); column++) {
        if (is_title(field, !several)) {
            form->titled = true;
            form->column = column;
            return true;
        }
    }
    return false;
}

/* The port after a name, which is cut off: `NAME:PORT`. Returns 0 if there is none, or no port;
 * what has another colon is none of these, but perhaps an address of IPv6. */
static uint16_t cut_port(struct word *word)
{
    const char *colon = memchr(word->text, ':', word->len);
    unsigned port = 0;

    if (colon == NULL || colon == word->text)
        return 0;
    for (const char *p = colon + 1; p < word->text + word->len; p++) {
        if (!is_digit(*p))
            return 0;
        port = port * 10 + (unsigned)(*p - '0');
        if (port > UINT16_MAX)
            return 0;
    }
    if (port > 0)
        word->len = (size_t)(colon - word->text);
    return (uint16_t)port;
}

/* What of a URL is its host, or all of a word that is none. */
static struct word host_of(struct word word)
{
    const char *mark = memmem(word.text, word.len, "://", 3), *end, *port;

    if (mark == NULL || mark == word.text)
        return word;
    end = word.text + word.len;
    for (const char *p = word.text; p < mark; p++)
        if (!is_digit(*p) && ((*p | 0x20) < 'a' || (*p | 0x20) > 'z') && *p != '+')
            return word;
    word.text = mark + 3;
    for (const char *p = word.text; p < end; p++)
        if (*p == '/' || *p == '?' || *p == '\\')
            end = p;
    for (const char *p = word.text; p < end; p++)
        if (*p == '@')
            word.text = p + 1;
    for (port = end; port > word.text && is_digit(port[-1]);)
        port--;
    if (port > word.text && port[-1] == ':')
        end = port - 1;
    /* An address of IPv6. */
    if (end - word.text > 2 && word.text[0] == '[' && end[-1] == ']') {
        word.text++;
        end--;
    }
    word.len = (size_t)(end - word.text);
    return word;
}

/* The field in which the name stands. *rest: what comes after it, if that is no other column. */
static struct word find_field(const struct list_form *form, struct word text, struct word *rest)
{
    struct word field = {text.text, 0}, left = text;
    bool ranked;

    *rest = (struct word){text.text, 0};
    /* One after the table is of another list. */
    if (form->titled && memchr(text.text, ',', text.len) != NULL) {
        for (size_t column = 0; column <= form->column; column++)
            if (!take_field(&left, &field))
                return (struct word){text.text, 0};
        return field;
    }
    take_field(&left, &field);
    ranked = is_number(field);
    while (is_number(field) && take_field(&left, &field))
        continue;
    if (!ranked)
        *rest = (struct word){field.text + field.len,
                              (size_t)(text.text + text.len - field.text) - field.len};
    return field;
}

int list_entry_find(struct list_form *form, const struct line *line, struct list_entry *entry)
{
    const char *comment = memchr(line->text, '#', line->len);
    struct word text = {line->text, line->len}, field, rest;

    if (comment != NULL)
        text.len = (size_t)(comment - line->text);
    text = trim(text);
    if (text.len > 0 && !form->begun && text.text[0] == '<')
        return E_LIST_HTML;
    if (line->cut && comment == NULL) {
        form->begun = true;
        *entry = (struct list_entry){.host = {line->text, 0}, .others = {line->text, 0}};
        return 1;
    }
    if (text.len == 0 || take_titles(form, text)) {
        form->begun = form->begun || text.len > 0;
        return 0;
    }
    form->begun = true;
    field = find_field(form, text, &rest);
    entry->others = field;
    if (!word_take(&entry->others, &field))
        field = text;
    else if (rest.len > 0)
        entry->others.len = (size_t)(rest.text + rest.len - entry->others.text);
    entry->port = cut_port(&field);
    entry->host = host_of(field);
    if (entry->host.len == 0)
        entry->host = field;
    return 1;
}

bool list_entry_other(struct list_entry *entry, struct word *word)
{
    while (word_take(&entry->others, word)) {
        bool column = false;

        while (word->len > 0 && (word->text[0] == ',' || word->text[0] == '"')) {
            column = column || word->text[0] == ',';
            word->text++;
            word->len--;
        }
        while (word->len > 0 &&
               (word->text[word->len - 1] == ',' || word->text[word->len - 1] == '"'))
            word->len--;
        if (word->len > 0 && !(column && is_number(*word)))
            return true;
    }
    return false;
}
