#include "syncd/syncd.h"

enum sync_result sync_result(enum fetch_result result)
{
    switch (result) {
    case FETCH_OK:
        return SYNC_OK;
    case FETCH_REFUSED:
        return SYNC_REFUSED;
    case FETCH_STOPPED:
        return SYNC_STOPPED;
    default:
        return SYNC_FAILED;
    }
}
