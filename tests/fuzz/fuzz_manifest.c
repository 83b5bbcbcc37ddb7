#include "base/error.h"
#include "registry/manifest.h"
#include "registry/name.h"
#include "tests/fuzz/fuzz.h"

static void check_good(const struct manifest *m, const char *text, size_t size)
{
    char out[MANIFEST_MAX_OCTETS];

    require(registry_name_check(m->name, strlen(m->name)) == 0, "name");
    require(m->serial >= 1 && m->serial <= SERIAL_MAX && m->parent < m->serial, "serials");
    require(m->created >= 0 && m->created < m->expires, "times");
    require(m->names > 0 && m->text_octets > 0 && m->snapshot_octets > 0, "sizes");
    for (unsigned i = 0; i < m->deltas; i++)
        require(m->delta[i].base > 0 &&
                    m->delta[i].base < (i > 0 ? m->delta[i - 1].base : m->serial),
                "newest base first");
    require(manifest_format(m, out) == (int)size, "the page's length");
    require(memcmp(out, text, size) == 0, "the same page");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct manifest manifest;
    char *text = copy_of(data, size);
    unsigned line = 0, lines = 1;
    int r;

    if (size == 0) {
        free(text);
        return 0;
    }
    r = manifest_parse(text, size, &manifest, &line);
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    if (r == 0)
        check_good(&manifest, text, size);
    else
        require(line >= 1 && line <= lines, "the line is one of the page's");
    require(serial_parse(text, size) <= SERIAL_MAX, "serial");
    free(text);
    return 0;
}
