/* What an administrator tells the daemon: what stands behind REPORT_CONTROL. A word, of a drill for
 * how long, and a secret that the daemon makes and root alone can read: programs of root's write
 * what others give them to where these say (sudo, as a terminal), and do not mean it. */
#ifndef GITDNS_COPY_CONTROL_H
#define GITDNS_COPY_CONTROL_H

#include "copy/board.h"

/* For root and the daemon alone. */
#define CONTROL_SECRET_FILE "lock"
#define CONTROL_SECRET_PATH BOARD_DIRECTORY "/" CONTROL_SECRET_FILE
#define CONTROL_SECRET_OCTETS 32 /* in hexadecimal */
#define CONTROL_MESSAGE_OCTETS (CONTROL_SECRET_OCTETS + 24)
#define DRILL_SECONDS_MAX (24 * 60 * 60)

struct control {
    enum board_forced forced;
    unsigned seconds; /* of a drill, from 1 to DRILL_SECONDS_MAX; else 0 */
};

/* `auto`, `on`, `off`, `drill` */
const char *control_word(enum board_forced forced);

/* `WORD SECRET`, `drill SECONDS SECRET`. Returns its length. */
size_t control_message(const struct control *control, const char *secret,
                       char message[CONTROL_MESSAGE_OCTETS]);

/* Reads that, from any octets. Returns whether it is one, with that secret. */
bool control_read(const char *message, size_t len, const char *secret, struct control *control);

#endif
