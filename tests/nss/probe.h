/* The look-up calls of glibc, each with its result as one line of text. */
#ifndef GITDNS_TESTS_PROBE_H
#define GITDNS_TESTS_PROBE_H

#define RESULT_MAX 8192
/* So many of calls_by_name come first. */
#define PLAIN_GETADDRINFO 3

struct call {
    const char *label;
    void (*make)(const struct call *call, const char *name, char *result);
    int family;
    int flags;
};

/* Both end with a NULL label. */
extern const struct call calls_by_name[];
extern const struct call calls_by_address[];

/* What errno is before each call. */
extern int call_errno;

/* Makes the call and writes its result to `result` (RESULT_MAX octets). Thread-safe. */
void call_make(const struct call *call, const char *name, char *result);

#endif
