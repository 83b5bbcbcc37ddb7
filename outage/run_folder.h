/* Where the daemon and every process meet (copy/board.h): the folder, which the lock makes one
 * daemon's, the board, and the socket for reports. Others can take them away or put something else
 * there, and so all of it can be made again under a daemon that runs. */
#ifndef GITDNS_OUTAGE_RUN_FOLDER_H
#define GITDNS_OUTAGE_RUN_FOLDER_H

#include "base/message.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct run_folder {
    int directory, lock, reports;
    int events; /* readable once something has happened to one of them; -1: nobody tells */
    _Atomic uint32_t *board;
    struct stat board_is, reports_are;
};

/* Makes what is to be there; nothing is out. Returns 0, or -1 with the cause in `error`.
 * run_folder_close in either case. */
int run_folder_open(struct run_folder *folder, char error[MESSAGE_OCTETS]);

/* Takes away what lies there, as far as it is ours. */
void run_folder_close(struct run_folder *folder);

/* Whether others find there what was made. */
bool run_folder_is_whole(const struct run_folder *folder);

/* Forgets what made `events` readable; there may be more. */
void run_folder_heard(struct run_folder *folder);

/* Makes it again, in new descriptors, with a board on which stands what stood on the old one.
 * Returns 0; or -1 with the cause in `error`, and *folder is as it was. */
int run_folder_make_again(struct run_folder *folder, char error[MESSAGE_OCTETS]);

#endif
