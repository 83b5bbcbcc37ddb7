/* The host in a URL, or in one word of a file. */
#ifndef GITDNS_MENTIONS_HOST_WORD_H
#define GITDNS_MENTIONS_HOST_WORD_H

#include <stdbool.h>
#include <stddef.h>

struct piece {
    const char *text; /* any octets */
    size_t len;
};

/* What may stand behind a host in a word, besides `:PORT`. */
enum host_form {
    HOST_PATH = 1 << 0,  /* `HOST:PATH`, as of scp, rsync and NFS */
    HOST_SLASH = 1 << 1, /* `HOST/PATH`, as of container images */
};

/* Takes the host of the next URL in `rest`, and goes on behind it. `host` is empty where that has
 * none of another machine. False: there is no URL any more. */
bool host_of_next_url(struct piece *rest, struct piece *host);

/* The host of a word: a URL, `//HOST/...`, `HOST`, `HOST:PORT`, `[HOST]:PORT`, with `USER@` in
 * front, or one of `forms`. Whether it is a name is for mention_list to say. False: it is none of
 * these, or an IPv6 address. */
bool host_of_word(struct piece word, unsigned forms, struct piece *host);

/* Takes the next word off `rest`: what stands between blanks, quotes, commas and semicolons. */
bool next_word(struct piece *rest, struct piece *word);

bool piece_is(struct piece piece, const char *text);
/* The same in whatever case. */
bool piece_is_caseless(struct piece piece, const char *text);
bool piece_starts(struct piece piece, const char *text);
struct piece piece_behind(struct piece piece, size_t octets);
/* Without blanks at both ends. */
struct piece piece_trim(struct piece piece);
/* Whether it is one of the words, with a blank between each, in whatever case. */
bool piece_is_one_of(struct piece piece, const char *words);

#endif
