/* One connection, and what came of it: libcurl's, in a multi handle, with CURLOPT_CONNECT_ONLY.
 * Nothing is asked of DNS or a proxy, no session is taken up again, and no file but
 * that of authorities, or of known hosts, is read. */
#ifndef GITDNS_PROOF_HANDSHAKE_H
#define GITDNS_PROOF_HANDSHAKE_H

#include "base/cutoff.h"
#include "proof/ports.h"
#include "proof/proof.h"
#include <curl/curl.h>

/* Where it is stays the same from begin to end: libcurl has its address. */
struct handshake {
    CURL *easy;
    struct curl_slist *connect_to;
    enum port_way way;
    int match;     /* enum curl_khmatch, of the host key; -1: none has come */
    int tcp_state; /* of netinet/tcp.h, when it was closed; 0: it still is not */
    struct cutoff *cutoff;
    bool endless; /* it was shut: see endless.h */
};

/* Whether authorities can be read, NULL: the system's. Returns 0 or -errno. */
int handshake_check_authorities(const char *file);

/* Begins. Returns 0 or -ENOMEM; then there is nothing to end. */
int handshake_begin(struct handshake *handshake, CURLM *multi, struct cutoff *cutoff,
                    const struct proof_item *item, uint16_t port,
                    const struct proof_limits *limits);

/* Ends it, at any time. */
void handshake_end(struct handshake *handshake, CURLM *multi);

/* What libcurl's code, which is in its CURLMSG_DONE, says of it. Before handshake_end. */
void handshake_judge(const struct handshake *handshake, CURLcode code, struct proof_result *result);

#endif
