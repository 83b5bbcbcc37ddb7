#include "registry/admission.h"
#include "registry/address.h"
#include "registry/name.h"

int admit_name(enum admission admission, const char *name, size_t len)
{
    switch (admission) {
    case ADMIT_PUBLIC:
        return name_check_public(name, len);
    case ADMIT_PRIVATE:
        return name_check_private(name, len);
    default:
        return 0;
    }
}

int admit_address(enum admission admission, const unsigned char *address, size_t octets)
{
    switch (admission) {
    case ADMIT_PUBLIC:
        return address_check_public(address, octets);
    case ADMIT_PRIVATE:
        return address_check_private(address, octets);
    default:
        return 0;
    }
}
