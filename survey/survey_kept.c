#include "survey/survey_kept.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_OCTETS 256
/* The year 9999. */
#define TIME_MAX INT64_C(253402300799)

static int format(const struct survey_kept *kept, char out[FILE_MAX_OCTETS])
{
    return snprintf(out, FILE_MAX_OCTETS,
                    "gitdns drill 1\nmade %" PRId64 "\nof %" PRIu64 "\nnames %" PRIu64
                    "\nwork %" PRIu64 "\n",
                    kept->made, kept->of, kept->names, kept->work);
}

static bool parse(struct survey_kept *kept, const char *text, size_t len)
{
    char again[FILE_MAX_OCTETS];

    sscanf(text, "gitdns drill 1 made %" SCNd64 " of %" SCNu64 " names %" SCNu64 " work %" SCNu64,
           &kept->made, &kept->of, &kept->names, &kept->work);
    /* sscanf is lax; only what would be written in the same way is taken. */
    return format(kept, again) == (int)len && memcmp(text, again, len) == 0 && kept->made > 0 &&
           kept->made <= TIME_MAX && kept->names > 0 && kept->work <= kept->names;
}

bool survey_kept_read(struct survey_kept *kept, const char *folder)
{
    int directory = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), len = -1;
    char text[FILE_MAX_OCTETS];
    struct survey_kept read = {0};

    *kept = read;
    if (directory >= 0) {
        len = file_read_unlinked(directory, SURVEY_FILE, text, sizeof text - 1);
        close(directory);
    }
    if (len < 0)
        return false;
    text[len] = '\0';
    if (!parse(&read, text, (size_t)len))
        return false;
    *kept = read;
    return true;
}

int survey_kept_write(const struct survey_kept *kept, const char *folder)
{
    int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), len, r;
    char text[FILE_MAX_OCTETS];

    if (directory < 0)
        return -errno;
    len = format(kept, text);
    r = file_replace(directory, SURVEY_FILE, text, (size_t)len, 0644);
    close(directory);
    return r;
}

double survey_kept_share(const struct survey_kept *kept)
{
    return (double)kept->work / (double)kept->names;
}
