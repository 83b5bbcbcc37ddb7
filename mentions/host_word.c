#include "mentions/host_word.h"
#include <string.h>
#include <strings.h>

#define BLANKS " \t\r\v\f"

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

bool piece_is(struct piece piece, const char *text)
{
    return piece.len == strlen(text) && memcmp(piece.text, text, piece.len) == 0;
}

bool piece_is_caseless(struct piece piece, const char *text)
{
    return piece.len == strlen(text) && strncasecmp(piece.text, text, piece.len) == 0;
}

bool piece_starts(struct piece piece, const char *text)
{
    size_t len = strlen(text);

    return piece.len >= len && memcmp(piece.text, text, len) == 0;
}

struct piece piece_behind(struct piece piece, size_t octets)
{
    return (struct piece){piece.text + octets, piece.len - octets};
}

struct piece piece_trim(struct piece piece)
{
    while (piece.len > 0 && is_one_of(piece.text[0], BLANKS))
        piece = piece_behind(piece, 1);
    while (piece.len > 0 && is_one_of(piece.text[piece.len - 1], BLANKS))
        piece.len--;
    return piece;
}

bool piece_is_one_of(struct piece piece, const char *words)
{
    while (*words != '\0') {
        size_t len = strcspn(words, " ");

        if (piece.len == len && strncasecmp(piece.text, words, len) == 0)
            return true;
        words += len + (words[len] == ' ');
    }
    return false;
}

bool next_word(struct piece *rest, struct piece *word)
{
    static const char between[] = BLANKS "\n\"'`,;";

    while (rest->len > 0 && is_one_of(rest->text[0], between))
        *rest = piece_behind(*rest, 1);
    *word = (struct piece){rest->text, 0};
    while (word->len < rest->len && !is_one_of(rest->text[word->len], between))
        word->len++;
    *rest = piece_behind(*rest, word->len);
    return word->len > 0;
}

/* Octets before the first of `set`, or all. */
static size_t span_without(struct piece piece, const char *set)
{
    size_t n = 0;

    while (n < piece.len && !is_one_of(piece.text[n], set))
        n++;
    return n;
}

static bool is_of_scheme(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           is_one_of(c, "+.-");
}

/* The host of `[USER@]HOST[:PORT]`, and of a path behind it. */
static struct piece host_of_authority(struct piece authority)
{
    const char *at;

    authority.len = span_without(authority, BLANKS "\n/?#\"'`<>(){}|,;\\");
    at = memrchr(authority.text, '@', authority.len);
    if (at != NULL)
        authority = piece_behind(authority, (size_t)(at - authority.text) + 1);
    authority.len = span_without(authority, ":[]"); /* an IPv6 address has no host */
    return authority;
}

bool host_of_next_url(struct piece *rest, struct piece *host)
{
    static const char ends_scheme[] = "://";
    const size_t n = sizeof ends_scheme - 1;
    const char *at = rest->len > 0 ? memmem(rest->text, rest->len, ends_scheme, n) : NULL;
    struct piece scheme = {at, 0};

    if (at == NULL)
        return false;
    while (scheme.text > rest->text && is_of_scheme(scheme.text[-1])) {
        scheme.text--;
        scheme.len++;
    }
    *rest = piece_behind(*rest, (size_t)(at - rest->text) + n);
    *host = host_of_authority(*rest);
    if (scheme.len == 0 || piece_is_one_of(scheme, "file unix unixgram npipe fd data spiffe"))
        host->len = 0;
    return true;
}

static bool is_ipv6(struct piece word)
{
    static const char digits[] = "0123456789abcdefABCDEF:.%/";
    unsigned colons = 0;

    for (size_t i = 0; i < word.len; i++) {
        if (!is_one_of(word.text[i], digits))
            return false;
        colons += word.text[i] == ':';
    }
    return colons >= 2;
}

/* Whether what follows a host in its word is `:PORT`, `::PORT`, or of `forms`. */
static bool may_follow(struct piece rest, unsigned forms)
{
    size_t digits = 0, colons = 0;

    while (colons < rest.len && rest.text[colons] == ':')
        colons++;
    while (colons + digits < rest.len && rest.text[colons + digits] >= '0' &&
           rest.text[colons + digits] <= '9')
        digits++;
    if (rest.len == 0 || (colons > 0 && colons + digits == rest.len))
        return true;
    if (rest.text[colons + digits] == '/' && (colons == 0 || digits > 0) && digits + colons > 0)
        return (forms & HOST_SLASH) != 0 || (forms & HOST_PATH) != 0;
    return (forms & (rest.text[0] == ':' ? HOST_PATH : HOST_SLASH)) != 0;
}

bool host_of_word(struct piece word, unsigned forms, struct piece *host)
{
    struct piece whole = word;
    const char *at;

    if (word.len > 0 && host_of_next_url(&whole, host))
        return host->len > 0;
    if (piece_starts(word, "//")) {
        word = piece_behind(word, 2);
        forms |= HOST_SLASH;
    }
    at = memchr(word.text, '@', span_without(word, "/"));
    if (at != NULL)
        word = piece_behind(word, (size_t)(at - word.text) + 1);
    if (is_ipv6(word))
        return false;
    if (piece_starts(word, "[")) {
        *host = piece_behind(word, 1);
        host->len = span_without(*host, "]");
        return host->len + 2 <= word.len && !is_ipv6(*host) &&
               may_follow(piece_behind(word, host->len + 2), forms);
    }
    *host = (struct piece){word.text, span_without(word, ":/")};
    return host->len > 0 && may_follow(piece_behind(word, host->len), forms);
}
