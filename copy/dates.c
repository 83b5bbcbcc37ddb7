#include "copy/dates.h"
#include "copy/freshness.h"
#include "copy/serials.h"
#include "copy/store_verify.h"
#include <string.h>

void dates_read(int folder, const char *name, struct dates *dates)
{
    struct serial_date date[FRESHNESS_DATES_MAX];
    char file[SERIAL_PATH_OCTETS];
    struct manifest manifest;
    struct serials kept;
    struct store store;
    unsigned count = 0;

    memset(dates, 0, sizeof *dates);
    if (serials_list(folder, SERIAL_MAX, FRESHNESS_DATES_MAX, &kept) < 0 || kept.count == 0)
        return;
    dates->newest = kept.serial[0];
    for (unsigned i = 0; i < kept.count; i++) {
        serial_path(kept.serial[i], file);
        if (store_open_at(folder, file, &store, &manifest) != 0)
            continue;
        store_unmap(&store);
        if (name != NULL && strcmp(manifest.name, name) != 0)
            continue;
        if (count == 0) {
            dates->created = manifest.created;
            dates->expires = manifest.expires;
        }
        date[count++] = (struct serial_date){manifest.serial, manifest.created};
    }
    dates->usual = freshness_usual(date, count);
}
