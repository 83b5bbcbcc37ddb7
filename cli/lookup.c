#include "base/error.h"
#include "cli/open_store.h"
#include "registry/name.h"
#include "registry/text.h"
#include "registry/u_label.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

static int lookup(const struct store *store, const struct manifest *manifest, const char *argument)
{
    char shown[MESSAGE_OCTETS];
    char name[NAME_MAX_OCTETS + 1], line[TEXT_LINE_MAX];
    struct record_copy copy;
    struct record record;
    int r = u_label_normalise(argument, strlen(argument), name);

    if (r > 0)
        argument = name; /* as it is asked for */
    if (r > 0)
        r = store_find(store, name, (size_t)r, &copy, &record);
    /* Names may come from anywhere. */
    message_set(shown, "%s", argument);
    if (r < 0) {
        fprintf(stderr, "gitdns: %s: %s\n", shown, error_text(r));
        return CLI_BAD;
    }
    if (r == 0) {
        fprintf(stderr, "gitdns: %s: not in %s, serial %u\n", shown, manifest->name,
                manifest->serial);
        return CLI_BAD;
    }
    fwrite(line, 1, text_format(&record, line), stdout);
    return CLI_OK;
}

int cli_lookup(const struct cli *cli)
{
    struct manifest manifest;
    struct store store;
    int status = CLI_OK;

    if (!open_store(cli, &store, &manifest))
        return CLI_BAD;
    if (store.deadline < time(NULL))
        fprintf(stderr, "gitdns: %s: too old, the module does not answer from it\n",
                cli->store_path);
    for (int i = 0; i < cli->count; i++)
        if (lookup(&store, &manifest, cli->arguments[i]) != CLI_OK)
            status = CLI_BAD;
    store_unmap(&store);
    return status;
}
