#include "copy/config_names.h"
#include "base/error.h"
#include "registry/name.h"
#include "registry/registry.h"
#include <string.h>

#define BLANKS " \t"
#define BELOW "*."

static int add(struct config_names *names, const char *text, size_t len, bool below)
{
    char name[NAME_MAX_OCTETS + 1];
    size_t start = below && len > 2 && memcmp(text, BELOW, 2) == 0 ? 2 : 0;
    int r = name_normalise(text + start, len - start, name);

    if (r < 0)
        return r;
    len = start + (size_t)r;
    if (len >= sizeof names->text - names->octets)
        return E_LIST_LONG;
    memcpy(names->text + names->octets, BELOW, start);
    memcpy(names->text + names->octets + start, name, (size_t)r + 1);
    names->octets += len + 1;
    return 0;
}

int config_names_add(struct config_names *names, const char *value, bool below, const char **fault,
                     size_t *fault_len)
{
    int r = 0;

    while (r == 0) {
        const char *end;

        value += strspn(value, BLANKS);
        end = strchrnul(value, ',');
        *fault = value;
        *fault_len = (size_t)(end - value);
        while (*fault_len > 0 && strchr(BLANKS, value[*fault_len - 1]) != NULL)
            --*fault_len;
        r = add(names, value, *fault_len, below);
        if (*end == '\0')
            break;
        value = end + 1;
    }
    return r;
}

const char *config_names_next(const struct config_names *names, const char *before)
{
    const char *next = before == NULL ? names->text : before + strlen(before) + 1;

    return next < names->text + names->octets ? next : NULL;
}

bool config_names_has(const struct config_names *names, const char *text)
{
    const char *name = NULL;

    while ((name = config_names_next(names, name)) != NULL)
        if (strcmp(name, text) == 0)
            return true;
    return false;
}
