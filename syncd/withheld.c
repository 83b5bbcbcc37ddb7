#include "syncd/withheld.h"
#include "base/error.h"
#include "copy/store_open.h"
#include "copy/store_verify.h"
#include <unistd.h>

int withheld_why(const struct config_registry *registry, int fd)
{
    struct store store;
    int r;

    if (registry->private || fd < 0 || store_map(&store, fd) != 0)
        return 0;
    r = store_check_public(&store);
    store_unmap(&store);
    return r == E_STORE_DAMAGED ? 0 : r;
}

int withheld_why_file(const struct config_registry *registry, int directory, const char *file)
{
    int fd = store_open_file(directory, file), r = withheld_why(registry, fd);

    if (fd >= 0)
        close(fd);
    return r;
}
