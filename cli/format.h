/* Waits, numbers and texts for people. */
#ifndef GITDNS_CLI_FORMAT_H
#define GITDNS_CLI_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FORMAT_OCTETS 64

/* `10.0 s`, `at once` for 0, `minutes` for less: how long a look-up waits. */
const char *format_wait(int seconds, char out[FORMAT_OCTETS]);

/* `1,000,000` */
const char *format_count(uint64_t count, char out[FORMAT_OCTETS]);

/* The words of the text, from column `at` on, in lines of at most 80 columns where words are not
 * longer; each line but the first begins with `indent` blanks. A LF ends it. */
void print_wrapped(const char *text, unsigned at, unsigned indent);

#endif
