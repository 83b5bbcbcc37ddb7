/* The hosts line of nsswitch.conf: what it says, what it comes to, and how it is edited.
 *
 *   grammar        text <-> services and actions, as glibc reads it
 *   hosts_text     the text of the line, and where it stands in the file
 *   reach          whether the line lets gitdns answer, and when
 *   placement      where gitdns goes in, and how the line has to read
 *   by_hand        the line to write by hand where none is edited
 *   edit           enable and disable on the text of a line
 *   glibc_rejects  what of the other lines makes glibc reject the whole file
 *   nsswitch       the file and its attributes, and its durable replacement
 *   undo           the line before and after enable, kept for disable
 *
 * May enter: cli; nss_gitdns, for the grammar alone. It knows base. What of the machine decides
 * (struct hosts_facts) comes in as an argument. Nothing in this room prints.
 */
#ifndef GITDNS_HOSTS_LINE_HOSTS_LINE_H
#define GITDNS_HOSTS_LINE_HOSTS_LINE_H

#endif
