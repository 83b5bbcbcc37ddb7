/* What may be published of a name, by the option that gave it: the name itself, its addresses, its
 * canonical name. */
#ifndef GITDNS_REGISTRY_ADMISSION_H
#define GITDNS_REGISTRY_ADMISSION_H

#include <stddef.h>

/* The greater admits more. */
enum admission {
    ADMIT_PUBLIC,  /* what any registry may hold */
    ADMIT_PRIVATE, /* --private-names: also what a network has for itself */
    ADMIT_ALL,     /* --private */
};

/* The name is in normal form. Returns 0 or E_NAME_SPECIAL. */
int admit_name(enum admission admission, const char *name, size_t len);

/* Returns 0 or E_ADDRESS_REFUSED. */
int admit_address(enum admission admission, const unsigned char *address, size_t octets);

#endif
