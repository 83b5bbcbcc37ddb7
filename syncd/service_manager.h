/* What systemd is told, where it has started this (sd_notify(3)); else nothing happens. */
#ifndef GITDNS_SYNCD_SERVICE_MANAGER_H
#define GITDNS_SYNCD_SERVICE_MANAGER_H

#include "syncd/rounds.h"

/* *beat: a descriptor that is readable each time it is to be told that the daemon lives, twice as
 * often as it looks; -1: it does not look (WatchdogSec=). Returns 0, or -1 with errno. */
int service_manager_open(int *beat);

/* Any thread. */
void service_manager_alive(void);

/* It is to be patient for so many seconds more than usual, from now on; 0: as ever. */
void service_manager_bear(int64_t seconds);

/* The start, or a reload, is over. */
void service_manager_ready(void);
void service_manager_reloading(void);
void service_manager_stopping(void);

/* What systemctl shows. */
void service_manager_status(const struct rounds *rounds);

#endif
