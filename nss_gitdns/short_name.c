#include "nss_gitdns/short_name.h"
#include "nss_gitdns/root.h"
#include "nss_gitdns/signals.h"

void short_name_searches(const char *resolv_conf_path, struct search_list *list)
{
    sigset_t before;

    if (root_has_changed()) {
        search_list_none(list);
        return;
    }
    signals_block(&before);
    search_list_read(resolv_conf_path, list);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
