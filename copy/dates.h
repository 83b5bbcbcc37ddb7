/* When the serials that a machine keeps were made. */
#ifndef GITDNS_COPY_DATES_H
#define GITDNS_COPY_DATES_H

#include <stdint.h>

struct dates {
    uint32_t newest; /* serial; 0: none is kept */
    int64_t created; /* of the newest that can be read, as what follows; 0: there is none */
    int64_t expires;
    int64_t usual; /* seconds from one serial to the next (freshness.h); 0: not known */
};

/* Reads them in the open folder. `name`: of the registry; others' do not count. NULL: any. */
void dates_read(int folder, const char *name, struct dates *dates);

#endif
