#include "base/error.h"
#include "cli/open_store.h"
#include "registry/address.h"
#include "registry/text.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>

static bool write_text(const struct record *record)
{
    char line[TEXT_LINE_MAX];
    size_t len = text_format(record, line);

    return fwrite(line, 1, len, stdout) == len;
}

static bool write_address(const struct record *record, const unsigned char *address, size_t octets)
{
    char text[INET6_ADDRSTRLEN];
    size_t len = address_format(address, octets, text);

    return printf("%.*s %.*s\n", (int)len, text, (int)record->name_len, record->name) >= 0;
}

/* hosts(5), one address a line. */
static bool write_hosts(const struct record *record)
{
    bool good = true;

    for (unsigned i = 0; good && i < record->n4; i++)
        good = write_address(record, record->ipv4 + (size_t)i * 4, 4);
    for (unsigned i = 0; good && i < record->n6; i++)
        good = write_address(record, record->ipv6 + (size_t)i * 16, 16);
    return good;
}

int cli_export(const struct cli *cli)
{
    struct manifest manifest;
    struct store store;
    struct record_copy copy;
    struct record record;
    unsigned position = 0;
    bool written = true;
    int r = 0;

    if (!open_store(cli, &store, &manifest))
        return CLI_BAD;
    /* A copy that was cut short must not pass for a whole one. */
    signal(SIGPIPE, SIG_IGN);
    while (written && (r = store_next(&store, &position, &copy, &record)) == 1)
        written = cli->hosts ? write_hosts(&record) : write_text(&record);
    if (!written || fflush(stdout) != 0) {
        fprintf(stderr, "gitdns: standard output: %s\n", strerror(errno));
        r = -EIO;
        /* Nobody is to try again. */
        __fpurge(stdout);
        clearerr(stdout);
    } else if (r < 0)
        fprintf(stderr, "gitdns: %s: %s\n", cli->store_path, error_text(r));
    store_unmap(&store);
    return r == 0 ? CLI_OK : CLI_BAD;
}
