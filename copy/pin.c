#include "copy/pin.h"
#include "base/error.h"
#include "base/file.h"
#include "registry/manifest.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* A serial, LF. */
#define PIN_OCTETS 16

int pin_read(int directory, uint32_t *serial)
{
    char text[PIN_OCTETS];
    int len = file_read_unlinked(directory, PIN_FILE, text, sizeof text);

    *serial = 0;
    if (len < 0)
        return len == -ENOENT ? 0 : len;
    if (len > 0 && text[len - 1] == '\n')
        *serial = serial_parse(text, (size_t)len - 1);
    return *serial > 0 ? 0 : E_PIN_SYNTAX;
}

int pin_write(int directory, uint32_t serial)
{
    char text[PIN_OCTETS];

    if (serial > 0) {
        int len = snprintf(text, sizeof text, "%" PRIu32 "\n", serial);

        return file_replace(directory, PIN_FILE, text, (size_t)len, 0644);
    }
    if (unlinkat(directory, PIN_FILE, 0) < 0)
        return errno == ENOENT ? 0 : -errno;
    return fsync(directory) < 0 ? -errno : 0;
}
