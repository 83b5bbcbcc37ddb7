/* What an administrator tells the daemon: the words that stand behind REPORT_CONTROL. */
#ifndef GITDNS_COPY_CONTROL_H
#define GITDNS_COPY_CONTROL_H

#include "copy/board.h"

/* `auto`, `on`, `off` */
const char *control_word(enum board_forced forced);

#endif
