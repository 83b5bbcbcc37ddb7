/* What every room stands on, and which stands on nothing but libraries.
 *
 *   error        error codes of all rooms that have none of their own, and their texts
 *   message      one bounded, printable line of text
 *   file         whole small files, read with a bound and replaced durably
 *   stamp        one word that tells a file from another
 *   line_reader  the lines of a small file
 *   descriptors  how many files may be open
 *   cutoff       sockets that are shut while a library does not come back
 *   clock        clocks in milliseconds
 *   number       numbers and durations that people write
 *   span         and spans of time that they read
 *   path_open    by a path on which links of others may lie
 *   path_rest    what is left of a path that is gone step by step
 *   resolv_conf  what glibc reads in resolv.conf
 *   search_list  where it searches names without a dot
 *   streams      descriptors that the caller has closed
 *
 * Every room may enter. Nothing here prints. The module links stamp, line_reader and search_list,
 * which need nothing but libc. A function that can fail returns 0 or a negative code: -errno, or
 * one of enum error_code.
 */
#ifndef GITDNS_BASE_BASE_H
#define GITDNS_BASE_BASE_H

#define SHA256_OCTETS 32

#endif
