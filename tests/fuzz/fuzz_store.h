/* An input of the store's fuzzer: this head, and the octets of a store. */
#ifndef TESTS_FUZZ_STORE_H
#define TESTS_FUZZ_STORE_H

#include <stdint.h>

struct store_head {
    uint8_t name[2];  /* which of the store's keys is asked for; from 0xff00 on: `text` */
    uint8_t text[12]; /* a name that it may lack */
    uint8_t form;     /* of the name: bit 0 some upper case, bit 1 a trailing dot */
    uint8_t buflen[2];
    uint8_t alignment;
    uint8_t standing; /* h_errno */
    uint8_t family;
    uint8_t given; /* bit 0 *pat, bit 1 ttlp, bit 2 canonp; bit 3: DNS is not asked before us */
};

/* Makes the whole stores that mutations start from. */
void mutator_open(void);

#endif
