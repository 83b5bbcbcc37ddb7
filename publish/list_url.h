/* Lists of names that are fetched: the last good one of each is kept in the folder of the
 * publisher's own, as `list.HASH`, HASH being of its URL.
 *
 * A list decides what is published: it comes by https, from this machine, or as a file. What comes
 * takes the kept one's place if it is a list to its end, of more names than other words, and has at
 * least half as many names as that. If not, or nothing comes, the kept one goes on.
 */
#ifndef GITDNS_PUBLISH_LIST_URL_H
#define GITDNS_PUBLISH_LIST_URL_H

#include "publish/problem.h"
#include "publish/state_folder.h"
#include <stdbool.h>
#include <stdint.h>

/* As it comes, compressed or not. */
#define LIST_OCTETS_MAX ((uint64_t)256 << 20)

/* Whether it is a URL rather than a file's path. */
bool list_url_is(const char *text);

/* Why such a URL is refused, or NULL. */
const char *list_url_fault(const char *url);

/* Fetches the list, if it has changed, and opens it. `shorter`: one of fewer than half the names is
 * taken, too; `longer`: one of more than NAMES_MAX. Returns a descriptor, and in `kept` why it is
 * the one that was kept, or empty; or E_INPUT, E_STOPPED, E_FILE_OTHERS, -ENOMEM or -errno.
 * curl_global_init has been called. */
int list_url_open(const struct state_folder *folder, const char *url, bool shorter, bool longer,
                  struct problem *kept, struct problem *problem);

/* Removes kept lists that are of none of the `count` sources. */
void list_url_tidy(const struct state_folder *folder, const char *const *source, unsigned count);

#endif
