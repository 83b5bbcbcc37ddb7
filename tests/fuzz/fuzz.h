/* For all fuzz targets. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's interface: https://llvm.org/docs/LibFuzzer.html */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* What must be true of any input. */
static inline void require(bool truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "not true: %s\n", what);
    abort();
}

/* Exactly these octets and nothing behind them, so that a sanitizer sees a read too far. The caller
 * frees. */
static inline void *copy_of(const void *data, size_t size)
{
    void *copy = malloc(size);

    require(copy != NULL || size == 0, "memory");
    if (size > 0)
        memcpy(copy, data, size);
    return copy;
}

#endif
