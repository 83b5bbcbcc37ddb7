#include "cli/faults.h"
#include <stdarg.h>

void faults_add(struct faults *faults, enum health health, const char *mend, const char *format,
                ...)
{
    struct fault *fault = &faults->fault[faults->count];
    va_list arguments;

    if (faults->count == FAULTS_MAX)
        return;
    va_start(arguments, format);
    message_set_list(fault->what, format, arguments);
    va_end(arguments);
    message_set(fault->mend, "%s", mend);
    fault->health = health;
    faults->count++;
}

enum health faults_health(const struct faults *faults)
{
    enum health health = HEALTH_FINE;

    for (unsigned i = 0; i < faults->count; i++)
        if (faults->fault[i].health > health)
            health = faults->fault[i].health;
    return health;
}

const char *faults_word(enum health health)
{
    static const char *const words[] = {"fine", "degraded", "not protected"};

    return words[health];
}
