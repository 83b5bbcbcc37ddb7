/* What was found: names in normal form, each with the places that mention it. */
#ifndef GITDNS_MENTIONS_MENTION_LIST_H
#define GITDNS_MENTIONS_MENTION_LIST_H

#include "base/search_list.h"
#include "mentions/host_word.h"
#include "mentions/mentions.h"

struct mention_list {
    struct search_list search; /* where short names are searched */
    struct mention *mention;   /* the names are its own, the files are `file`s */
    size_t count, room;
    char **file; /* those with mentions */
    size_t files, files_room;
    size_t of_file;   /* mentions of the last one, */
    bool others;      /* whether that is somebody else's, */
    size_t of_others; /* and mentions of all such */
    int error;        /* -ENOMEM; nothing is added any more */
};

/* What is added from now on is from this file. `others`: it is neither root's nor the caller's, of
 * which less is taken. Returns 0 or -ENOMEM. */
int mention_list_begin_file(struct mention_list *list, const char *path, bool others);

/* Adds a host as the file writes it: if it is a name that DNS is asked for, or, of one label, what
 * it is searched as. `whole`: one of one label is none. */
void mention_list_add(struct mention_list *list, struct piece host, bool whole, unsigned line);

/* Whether the file, all of others, or all mention too many. */
bool mention_list_is_full(const struct mention_list *list);

/* Sorts, and gives each mention once. */
void mention_list_give(struct mention_list *list, const struct mentions_taker *taker);

void mention_list_free(struct mention_list *list);

#endif
