/* The room of gitdns-push: a published folder onto remotes.
 *
 *   push_main, push_options, push_bar    the program's words: what is asked, what a person reads
 *   local_folder     what is pushed: all that is the registry's, once it has turned out whole
 *   file_list        files of a registry, here or on a remote
 *   push_lock        one push at a time, of a folder and into a folder
 *   workers          a process for each remote, side by side, each with its time
 *   one_remote       the order of things on one remote
 *   remote           how remotes are named, and what each kind of them can do:
 *   to_path, to_rclone, to_rsync    a folder of this machine; what rclone and rsync reach
 *   child            one run of such a program
 *
 * Nobody enters: the room is one program. It knows base and registry.
 *
 * On each remote HEAD moves last, once all that it names has been read back, and what is not needed
 * any more goes after that: whenever a push is killed, the remote's HEAD names a folder that is
 * whole. The next push goes on from what it finds there, and keeps no memory of its own.
 *
 * Functions that can fail return 0 or a negative code (-errno, base/error.h, the ones below) and
 * leave a line in `fault`. Nothing but push_main and push_bar prints.
 */
#ifndef GITDNS_PUSH_PUSH_H
#define GITDNS_PUSH_PUSH_H

/* Beside those of base/error.h. */
enum push_error {
    E_PROGRAM = -2400, /* one that was run is missing, or failed */
    E_REMOTE_NEWER,    /* it has a serial above ours */
    E_REMOTE_OTHER,    /* it has another registry, or another history of ours */
    E_FOLDER_BUSY,     /* another gitdns-push holds its lock */
    E_FOLDER_PART,     /* not all is there that HEAD names */
};

#define PUSH_REMOTES_MAX 64

/* Serial folders never change; what names them does, and old is better than nothing. */
#define CACHE_FOR_EVER "public, max-age=31536000, immutable"
#define CACHE_SHORT "max-age=300, stale-while-revalidate=86400, stale-if-error=604800"

#endif
