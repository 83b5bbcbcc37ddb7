#include "publish/zip.h"
#include "base/error.h"
#include <string.h>
#include <zlib.h>

#define LOCAL_OCTETS 30
#define CENTRAL_OCTETS 46
/* A path and what comes with it. */
#define NAMES_MAX_OCTETS 4096
/* The directory and its comment. */
#define TAIL_MAX_OCTETS (192 * 1024)

#define FLAG_ENCRYPTED 1
#define FLAG_DESCRIPTOR 8
#define METHOD_STORED 0
#define METHOD_DEFLATED 8
/* The size is elsewhere (ZIP64). */
#define SIZE_ELSEWHERE UINT32_MAX

static unsigned read16(const unsigned char *at)
{
    return at[0] | (unsigned)at[1] << 8;
}

static uint32_t read32(const unsigned char *at)
{
    return read16(at) | (uint32_t)read16(at + 2) << 16;
}

static bool is_mark(const unsigned char *at, unsigned char third, unsigned char fourth)
{
    return at[0] == 'P' && at[1] == 'K' && at[2] == third && at[3] == fourth;
}

bool zip_is(const unsigned char *data)
{
    /* With a member, and without one. */
    return is_mark(data, 3, 4) || is_mark(data, 5, 6);
}

int zip_begin(struct zip *zip, const unsigned char *data, size_t len)
{
    size_t names;
    unsigned flags, method;

    if (!is_mark(data, 3, 4))
        return E_ZIP_BROKEN;
    if (len < LOCAL_OCTETS)
        return 0;
    flags = read16(data + 6);
    method = read16(data + 8);
    names = (size_t)read16(data + 26) + read16(data + 28);
    if (names > NAMES_MAX_OCTETS)
        return E_ZIP_BROKEN;
    *zip = (struct zip){.deflated = method == METHOD_DEFLATED,
                        .stored = read32(data + 18),
                        .crc = crc32(0, NULL, 0)};
    if ((flags & FLAG_ENCRYPTED) != 0 || (method != METHOD_STORED && method != METHOD_DEFLATED))
        return E_ZIP_KIND;
    if (method == METHOD_STORED &&
        ((flags & FLAG_DESCRIPTOR) != 0 || zip->stored == SIZE_ELSEWHERE))
        return E_ZIP_KIND;
    return len < LOCAL_OCTETS + names ? 0 : (int)(LOCAL_OCTETS + names);
}

void zip_count(struct zip *zip, const void *data, size_t len)
{
    zip->crc = crc32_z(zip->crc, data, len);
    zip->octets += len;
}

int zip_take_tail(struct zip *zip, const unsigned char *data, size_t len)
{
    size_t n = sizeof zip->tail - zip->tail_len;

    if (n > len)
        n = len;
    memcpy(zip->tail + zip->tail_len, data, n);
    zip->tail_len += n;
    zip->tail_total += len;
    return zip->tail_total > TAIL_MAX_OCTETS ? E_ZIP_BROKEN : 0;
}

int zip_end(const struct zip *zip)
{
    /* No data descriptor, or one without or with its mark, with sizes of 32 or 64 bits. */
    static const size_t before[] = {0, 12, 16, 20, 24};

    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const unsigned char *at = zip->tail + before[i];

        if (before[i] + 4 > zip->tail_len)
            return E_ZIP_SHORT;
        if (is_mark(at, 3, 4))
            return E_ZIP_MANY;
        if (!is_mark(at, 1, 2))
            continue;
        if (before[i] + CENTRAL_OCTETS > zip->tail_len)
            return E_ZIP_SHORT;
        if (read32(at + 16) != zip->crc)
            return E_ZIP_BROKEN;
        return read32(at + 24) == SIZE_ELSEWHERE || read32(at + 24) == (uint32_t)zip->octets
                   ? 0
                   : E_ZIP_BROKEN;
    }
    return E_ZIP_BROKEN;
}
