/* How hosts are taken out of files that one program has. */
#ifndef GITDNS_MENTIONS_WAYS_OF_ONE_H
#define GITDNS_MENTIONS_WAYS_OF_ONE_H

#include "mentions/reading.h"

/* ssh_config(5): HostName, with what `%h` in it stands for; Host, of patterns those without a
 * wildcard that have no HostName; ProxyJump. */
void read_ssh_config(struct reading *reading);

/* known_hosts, sshd(8): what is not hashed. */
void read_known_hosts(struct reading *reading);

/* git-config(1): URLs in sections' names, and url, pushurl and proxy. */
void read_git_config(struct reading *reading);

/* fstab(5): what is mounted from another machine. */
void read_fstab(struct reading *reading);

/* systemd.mount(5): the same behind `What=`. */
void read_mount(struct reading *reading);

/* autofs(5): the same in any word. */
void read_autofs(struct reading *reading);

/* transport(5): what stands in brackets, no MX looked up for it. */
void read_transport(struct reading *reading);

/* rsyslog.conf(5): `@HOST` and `@@HOST`. */
void read_rsyslog(struct reading *reading);

#endif
