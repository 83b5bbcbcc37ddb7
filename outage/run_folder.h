/* Where the daemon and every process meet (copy/board.h): the folder, which the lock makes one
 * daemon's, the board, and the socket for reports. Others can take them away or put something else
 * there, and so all of it can be made again under a daemon that runs. */
#ifndef GITDNS_OUTAGE_RUN_FOLDER_H
#define GITDNS_OUTAGE_RUN_FOLDER_H

#include "base/message.h"
#include "copy/control.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

/* What was taken away is made again, and that is tried, no more often; and so often it is looked
 * for where nobody tells that it was. */
#define RUN_FOLDER_AGAIN_MS 10000

struct run_folder {
    int directory, lock, reports;
    int events; /* readable once something has happened to one of them; -1: nobody tells */
    char secret[CONTROL_SECRET_OCTETS + 1]; /* in the lock's file */
    _Atomic uint32_t *board;
    struct stat board_is, reports_are;
    bool lost;     /* others do not find it; run_folder_look */
    bool told;     /* that it cannot be made again */
    int64_t again; /* when that may be tried, or is to be looked for, ms */
};

/* Makes what is to be there; nothing is out. Returns 0, or -1 with the cause in `error`.
 * run_folder_close in either case. */
int run_folder_open(struct run_folder *folder, char error[MESSAGE_OCTETS]);

/* Takes away what lies there, as far as it is ours. */
void run_folder_close(struct run_folder *folder);

/* Looks whether others find there what was made. */
void run_folder_look(struct run_folder *folder);

/* Forgets what made `events` readable; there may be more. */
void run_folder_heard(struct run_folder *folder);

/* Makes it again if it is lost, where that may be tried: in new descriptors, with a board on which
 * stands what stood on the old one. Tells what became of it. Returns whether all is new. */
bool run_folder_keep(struct run_folder *folder, int64_t now, void (*tell)(const char *line));

#endif
