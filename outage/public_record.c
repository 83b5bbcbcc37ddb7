#include "outage/public_record.h"
#include "registry/address.h"
#include "registry/name.h"

bool public_record_is(const struct policy *policy, const struct record *record, unsigned place)
{
    bool all = !policy->private[place] && name_check_public(record->name, record->name_len) == 0;

    for (unsigned i = 0; all && i < record->n4; i++)
        all = address_check_public(record->ipv4 + i * 4, 4) == 0;
    for (unsigned i = 0; all && i < record->n6; i++)
        all = address_check_public(record->ipv6 + i * 16, 16) == 0;
    return all;
}
