/* make_policy DIRECTORY CONFIGURATION
 *
 * Writes the policy of a configuration into DIRECTORY, as gitdns-syncd does. */
#include "base/error.h"
#include "copy/policy_write.h"
#include <err.h>
#include <fcntl.h>

int main(int argc, char **argv)
{
    static struct config config;
    char error[MESSAGE_OCTETS];
    int directory, r;

    if (argc != 3)
        return 2;
    directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        err(1, "%s", argv[1]);
    if (config_load(&config, argv[2], error) != 0)
        errx(1, "%s", error);
    r = policy_write(directory, &config);
    if (r < 0)
        errx(1, "%s: %s", argv[1], error_text(r));
    return 0;
}
