/* The stores that a machine keeps, and which of them answers.
 *
 *   DIRECTORY/serials/41.cdb   one for each serial that is kept
 *   DIRECTORY/registry.cdb     a symbolic link to the one that answers
 *   DIRECTORY/pinned           the serial that is to go on answering whatever comes; usually absent
 *
 * Each is put in its place by rename alone, so that a process that is killed leaves the old or the
 * new one; what else it leaves (*.new) goes with the next serials_tidy. Whoever changes anything
 * holds the folder's lock. `directory` is the open folder.
 */
#ifndef GITDNS_COPY_SERIALS_H
#define GITDNS_COPY_SERIALS_H

#include <stdbool.h>
#include <stdint.h>

#define SERIALS_FOLDER "serials"
#define SERIAL_SUFFIX ".cdb"
#define LOCK_FILE "lock"
/* What a new file is called until it takes its place. */
#define NEW_SUFFIX ".new"

/* How many a configuration can ask for, and how many are listed. */
#define SERIALS_KEEP_MAX 64
#define SERIALS_LIST_MAX (2 * SERIALS_KEEP_MAX)

struct serials {
    unsigned count;
    uint32_t serial[SERIALS_LIST_MAX]; /* highest first */
};

/* `42.cdb`, and `serials/42.cdb` as it is found from the folder. Static sizes, NUL-terminated. */
#define SERIAL_NAME_OCTETS 16
#define SERIAL_PATH_OCTETS (SERIAL_NAME_OCTETS + sizeof SERIALS_FOLDER)
void serial_name(uint32_t serial, char out[SERIAL_NAME_OCTETS]);
void serial_path(uint32_t serial, char out[SERIAL_PATH_OCTETS]);

/* Lists what is kept, at most the `max` highest up to `limit`. What the files hold nobody has
 * looked at. Returns 0 (no folder: none) or -errno. */
int serials_list(int directory, uint32_t limit, unsigned max, struct serials *serials);

/* Looks whether a serial is kept. Returns 0, -ENOENT or -errno. */
int serials_find(int directory, uint32_t serial);

/* The serial that registry.cdb leads to; 0: none, or it is no link to a kept one. */
uint32_t serials_current(int directory);

/* Makes registry.cdb lead to a kept serial. Returns 0 or -errno (-ENOENT: it is not kept); on
 * failure it leads where it did, unless the disk alone has not said that it has it. */
int serials_switch(int directory, uint32_t serial);

/* Takes the lock under which all of this is changed: on the file `lock`, which only the folder's
 * owner and root can open, so that nobody else can hold it. Returns a descriptor, whose closing
 * gives it back, -EWOULDBLOCK or -errno. */
int serials_lock(int directory);
int serials_lock_file(int directory, const char *file);

/* Opens the folder `name` in `directory`, which is made if there is none, is open to every reader
 * and belongs to whom the folder above does. Returns the descriptor or -errno. */
int serials_make_folder(int directory, const char *name);

/* The same of the folder of the kept ones. */
int serials_open(int directory);

/* Removes all of it, the link first. Whatever else lies there stays. */
void serials_remove(int directory);

/* Removes what a killed process left, and keeps a registry.cdb that is no link yet as its serial,
 * if it is a store. Returns 0 or -errno. */
int serials_tidy(int directory);

/* Removes all but `newest`, the highest below it, `keep` in all, the pinned one and the one that
 * registry.cdb leads to. */
void serials_prune(int directory, uint32_t newest, unsigned keep);

#endif
