/* Names without a dot. glibc hands them on as they were typed, and only its own `dns` searches them
 * in the domains of resolv.conf. Where that has failed, or is known to fail, so do we.
 *
 * The file is read when it is needed, as glibc reads /etc/hosts in each look-up: nothing is kept
 * that a fork or another thread could find half done, and names with a dot pay nothing.
 */
#ifndef GITDNS_NSS_GITDNS_SHORT_NAME_H
#define GITDNS_NSS_GITDNS_SHORT_NAME_H

#include "base/search_list.h"
#include "registry/registry.h"
#include <string.h>

/* A name, a trailing dot, a NUL. */
#define SHORT_NAME_OCTETS (NAME_MAX_OCTETS + 2)

static inline bool short_name_is(const char *name)
{
    return strchr(name, '.') == NULL;
}

/* In which domains it is searched. In another root folder than the process began with: none. errno
 * may change. */
void short_name_searches(const char *resolv_conf_path, struct search_list *list);

#endif
