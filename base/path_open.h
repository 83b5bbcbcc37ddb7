/* Opens what lies at a path, where some of the folders on the way belong to others: step by step,
 * so that no link of theirs leads to what is not theirs, and no device is opened. */
#ifndef GITDNS_BASE_PATH_OPEN_H
#define GITDNS_BASE_PATH_OPEN_H

/* The absolute path begins in the open folder `root`, and nothing leads out of that. `flags`: of
 * open(2); with O_DIRECTORY a folder is wanted, else a regular file. A link that belongs neither to
 * root nor to the caller counts only where its owner owns what it leads to, as with
 * fs.protected_symlinks (proc(5)). Returns a descriptor, -EPERM: such a link; -EINVAL: a device, a
 * socket or a FIFO; -ENOENT for a folder in a file's place, or -errno. */
int path_open(int root, const char *path, int flags);

#endif
