#include "base/error.h"
#include "cli/cli.h"
#include "cli/format.h"
#include "cli/kept_serials.h"
#include "copy/copy.h"
#include "copy/newest.h"
#include "copy/pin.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int fail(const struct folder *folder, const char *file, const char *cause)
{
    fprintf(stderr, "gitdns: %s%s: %s; nothing changed\n", folder->path, file, cause);
    return CLI_BAD;
}

/* Opens the folder and takes its lock, as a round does. */
static bool lock(const struct registry_copy *copy, struct folder *folder, int *held)
{
    const char *cause = NULL;

    folder->fd = copies_open_folder(copy);
    if (folder->fd < 0)
        cause = error_text(folder->fd);
    else if (faccessat(folder->fd, ".", W_OK | X_OK, AT_EACCESS) != 0)
        cause = strerror(errno);
    else if ((*held = serials_lock(folder->fd)) < 0)
        cause = *held == -EWOULDBLOCK ? "gitdns-syncd is at work in it; try again when it is done"
                                      : error_text(*held);
    if (cause != NULL)
        fail(folder, "", cause);
    return cause == NULL;
}

/* Reads the one that is asked for (0: the newest), which must be good in every way, or prints why
 * it is not. */
static bool read_wanted(const struct config_registry *registry, const struct folder *folder,
                        uint32_t serial, struct newest *newest)
{
    struct keys keys;
    int r;
    char why[MESSAGE_OCTETS];

    if (config_load_keys(registry, &keys, why) != 0) {
        fprintf(stderr, "gitdns: %s; nothing changed\n", why);
        return false;
    }
    if (serial == 0)
        newest_read(newest, folder, registry->name, &keys, why);
    else
        newest_read_kept(newest, folder, serial, registry->name, &keys, why);
    if (!newest->binding) {
        fprintf(stderr, "gitdns: %s; nothing changed\n", why[0] != '\0' ? why : "no registry yet");
        return false;
    }
    r = newest_check_whole(newest);
    if (r == 0 && !registry->private)
        r = newest_check_public(newest);
    if (r < 0)
        fail(folder, "", error_text(r));
    return r == 0;
}

/* What has failed may have been done all the same, if only the disk did not say so: puts both back,
 * and looks whether they are. */
static int undo(const struct folder *folder, uint32_t pin, uint32_t current, const char *file,
                int error)
{
    uint32_t pinned;

    pin_write(folder->fd, pin);
    if (current != 0)
        serials_switch(folder->fd, current);
    pin_read(folder->fd, &pinned);
    if (pinned == pin && serials_current(folder->fd) == current)
        return fail(folder, file, error_text(error));
    fprintf(stderr, "gitdns: %s%s: %s; done in part: check it out once more\n", folder->path, file,
            error_text(error));
    return CLI_BAD;
}

/* Pins, or unpins if `pin` is 0, and lets the serial answer. The next round or checkout ends what
 * is killed in between. */
static int settle(const struct folder *folder, uint32_t pin, const struct newest *newest)
{
    uint32_t before, current = serials_current(folder->fd);
    int r;

    pin_read(folder->fd, &before);
    r = pin_write(folder->fd, pin);
    if (r < 0)
        return undo(folder, before, current, "/" PIN_FILE, r);
    if (strcmp(newest->file, STORE_FILE) != 0)
        r = serials_switch(folder->fd, newest->manifest.serial);
    return r < 0 ? undo(folder, before, current, "/" STORE_FILE, r) : CLI_OK;
}

static void report(const struct cli *cli, const struct newest *newest, uint32_t pin)
{
    bool several = cli->registry_name != NULL;
    char names[FORMAT_OCTETS];

    printf("serial %" PRIu32 ", %s names: ", newest->manifest.serial,
           format_count(newest->manifest.names, names));
    if (pin != 0)
        printf("pinned until gitdns checkout%s%s latest\n", several ? " --registry " : "",
               several ? cli->registry_name : "");
    else
        puts("the newest; not pinned");
    if (newest->deadline < time(NULL))
        fprintf(stderr,
                "gitdns: serial %" PRIu32 " is too old: the module does not answer from it\n",
                newest->manifest.serial);
}

int cli_checkout(const struct cli *cli)
{
    const struct registry_copy *copy = &cli->copies.copy[0];
    struct folder folder = {.path = copy->directory, .fd = -1};
    struct newest newest = {.fd = -1};
    uint32_t pin = 0;
    bool missing = false;
    int status = CLI_BAD, held = -1, r;

    if (strcmp(cli->arguments[0], "latest") != 0) {
        pin = kept_serials_parse(cli->arguments[0]);
        if (pin == 0)
            return CLI_USAGE;
    }
    if (!lock(copy, &folder, &held))
        goto out;
    r = serials_tidy(folder.fd);
    if (r == 0 && pin != 0) {
        r = serials_find(folder.fd, pin);
        missing = r == -ENOENT;
    }
    if (missing)
        fprintf(stderr, "gitdns: serial %" PRIu32 " is not kept; see gitdns log\n", pin);
    else if (r < 0)
        fail(&folder, "/" SERIALS_FOLDER, error_text(r));
    else if (read_wanted(copy->registry, &folder, pin, &newest))
        status = settle(&folder, pin, &newest);
    if (status == CLI_OK)
        report(cli, &newest, pin);
out:
    newest_close(&newest);
    if (folder.fd >= 0)
        close(folder.fd);
    if (held >= 0)
        close(held);
    return status;
}
