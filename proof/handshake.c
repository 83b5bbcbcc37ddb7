#include "proof/handshake.h"
#include "registry/registry.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* RFC 2606: it is nobody's, and says who asks. Servers that take no mail from it do TLS before. */
#define EHLO_NAME "gitdns.invalid"
/* ssh(1) */
#define KNOWN_HOSTS "/etc/ssh/ssh_known_hosts"

/* What CURLINFO_SSL_VERIFYRESULT is under OpenSSL: X509_V_ERR_... of x509_vfy.h. libcurl sets the
 * first before the handshake; it is left if the chain is good and the name is not. */
enum {
    VERIFY_UNSPECIFIED = 1,
    VERIFY_NOT_YET_VALID = 9,
    VERIFY_EXPIRED = 10,
    VERIFY_SELF_SIGNED = 18,
    VERIFY_SELF_SIGNED_ROOT = 19,
    VERIFY_NO_ISSUER = 20,
    VERIFY_NO_ISSUER_OF_LEAF = 21,
};

/* libcurl would say it of each handshake. */
int handshake_check_authorities(const char *file)
{
    if (file == NULL)
        file = curl_version_info(CURLVERSION_NOW)->cainfo;
    return file == NULL || access(file, R_OK) == 0 ? 0 : -errno;
}

static size_t discard(char *data, size_t size, size_t count, void *user)
{
    (void)data, (void)user;
    return size * count;
}

static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct handshake *handshake = user;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    (void)purpose;
    if (fd >= 0 && cutoff_add(handshake->cutoff, fd, &handshake->endless) < 0) {
        close(fd);
        fd = -1;
    }
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* The kernel knows how the connection ended; libcurl says it in words. */
static int close_socket(void *user, curl_socket_t fd)
{
    struct handshake *handshake = user;
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0)
        handshake->tcp_state = info.tcpi_state;
    cutoff_remove(handshake->cutoff, fd);
    return close(fd);
}

/* SSH is over once the host key is known. */
static int take_host_key(CURL *easy, const struct curl_khkey *known, const struct curl_khkey *found,
                         enum curl_khmatch match, void *user)
{
    struct handshake *handshake = user;

    (void)easy, (void)known, (void)found;
    handshake->match = (int)match;
    return CURLKHSTAT_REJECT;
}

static bool knows(const char *protocol)
{
    const char *const *list = curl_version_info(CURLVERSION_NOW)->protocols;

    while (*list != NULL && strcmp(*list, protocol) != 0)
        list++;
    return *list != NULL;
}

static unsigned set_ssh(CURL *easy, struct handshake *handshake, const char *known_hosts)
{
    unsigned bad = 0;

    if (handshake->way != PORT_SSH)
        return 0;
    bad |= curl_easy_setopt(easy, CURLOPT_SSH_KNOWNHOSTS,
                            known_hosts != NULL ? known_hosts : KNOWN_HOSTS);
    bad |= curl_easy_setopt(easy, CURLOPT_SSH_KEYFUNCTION, take_host_key);
    bad |= curl_easy_setopt(easy, CURLOPT_SSH_KEYDATA, handshake);
    return bad;
}

static unsigned set_address(CURL *easy, struct curl_slist **connect_to,
                            const struct proof_item *item, uint16_t port, enum port_way way)
{
    static const char *const schemes[] = {[PORT_HTTPS] = "https",
                                          [PORT_TLS] = "https",
                                          [PORT_SMTP] = "smtp",
                                          [PORT_SSH] = "sftp",
                                          [PORT_PLAIN] = "http"};
    char address[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN + sizeof "::[]:65535"];
    char url[sizeof "https://:65535/" EHLO_NAME + NAME_MAX_OCTETS];
    int len = (int)address_format(item->address, item->octets, address);
    unsigned bad = 0;

    snprintf(to, sizeof to, item->octets == 4 ? "::%.*s:%d" : "::[%.*s]:%d", len, address, port);
    snprintf(url, sizeof url, "%s://%s:%d/%s", schemes[way], item->name, port,
             way == PORT_SMTP ? EHLO_NAME : "");
    *connect_to = curl_slist_append(NULL, to);
    bad |= *connect_to == NULL;
    bad |= curl_easy_setopt(easy, CURLOPT_URL, url);
    bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, schemes[way]);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECT_TO, *connect_to);
    bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return bad;
}

static unsigned set_tls(CURL *easy, enum port_way way, const char *ca_file)
{
    unsigned bad = 0;

    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    /* What is taken up again shows no certificate. */
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    bad |= curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    /* A server may refuse protocols that it does not know. */
    bad |= curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, way == PORT_HTTPS ? 1L : 0L);
    if (way == PORT_SMTP)
        bad |= curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    if (ca_file != NULL) {
        bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file);
        bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    return bad;
}

static unsigned set_bounds(CURL *easy, struct handshake *handshake, int64_t timeout_ms)
{
    unsigned bad = 0;

    bad |= curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms);
    bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, discard);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handshake);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, handshake);
    bad |= curl_easy_setopt(easy, CURLOPT_PRIVATE, handshake);
    return bad;
}

int handshake_begin(struct handshake *handshake, CURLM *multi, struct cutoff *cutoff,
                    const struct proof_item *item, uint16_t port, const struct proof_limits *limits)
{
    CURL *easy = curl_easy_init();
    enum port_way way = port_way(port);

    if (way == PORT_SSH && !knows("sftp"))
        way = PORT_PLAIN;
    *handshake = (struct handshake){.easy = easy, .way = way, .match = -1, .cutoff = cutoff};
    if (easy != NULL && set_address(easy, &handshake->connect_to, item, port, way) == 0 &&
        set_tls(easy, way, limits->ca_file) == 0 &&
        set_ssh(easy, handshake, limits->known_hosts) == 0 &&
        set_bounds(easy, handshake, limits->timeout_ms) == 0 &&
        curl_multi_add_handle(multi, easy) == CURLM_OK)
        return 0;
    handshake_end(handshake, NULL);
    return -ENOMEM;
}

void handshake_end(struct handshake *handshake, CURLM *multi)
{
    if (multi != NULL)
        curl_multi_remove_handle(multi, handshake->easy);
    curl_easy_cleanup(handshake->easy);
    curl_slist_free_all(handshake->connect_to);
}

/* Errors of connect(2). */
static enum proof_verdict verdict_of_errno(long error)
{
    switch (error) {
    case ECONNREFUSED:
        return PROOF_REFUSED;
    case ECONNRESET:
        return PROOF_RESET;
    case ETIMEDOUT:
        return PROOF_SILENT;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EPROTO:
        return PROOF_UNREACHABLE;
    case EACCES:
    case EPERM:
    case ENETDOWN:
    case EADDRNOTAVAIL:
    case EINVAL:
        return PROOF_NO_ROUTE;
    default:
        return PROOF_UNTRIED;
    }
}

static enum proof_why why_not_proven(const struct handshake *handshake)
{
    long verified = 0;

    if (handshake->way == PORT_SSH)
        return handshake->match == CURLKHMATCH_MISMATCH ? PROOF_OTHER_KEY : PROOF_UNKNOWN_KEY;
    curl_easy_getinfo(handshake->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
    switch (verified) {
    case VERIFY_UNSPECIFIED:
        return PROOF_OTHER_NAME;
    case VERIFY_NOT_YET_VALID:
    case VERIFY_EXPIRED:
        return PROOF_EXPIRED;
    case VERIFY_SELF_SIGNED:
    case VERIFY_SELF_SIGNED_ROOT:
        return PROOF_SELF_SIGNED;
    case VERIFY_NO_ISSUER:
    case VERIFY_NO_ISSUER_OF_LEAF:
        return PROOF_UNKNOWN_ISSUER;
    default:
        return PROOF_BAD_CERTIFICATE;
    }
}

/* When the server's own certificate ends; 0: it is not told. */
static int64_t certificate_end(CURL *easy)
{
    static const char field[] = "Expire date:";
    struct curl_certinfo *chain = NULL;

    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || chain == NULL ||
        chain->num_of_certs < 1)
        return 0;
    for (const struct curl_slist *line = chain->certinfo[0]; line != NULL; line = line->next)
        if (strncmp(line->data, field, sizeof field - 1) == 0)
            return curl_getdate(line->data + sizeof field - 1, NULL);
    return 0;
}

static void set_open(struct proof_result *result, enum proof_why why)
{
    result->verdict = PROOF_OPEN;
    result->why = why;
}

static void judge_whole(const struct handshake *handshake, struct proof_result *result)
{
    if (handshake->way == PORT_PLAIN || handshake->way == PORT_SSH) {
        set_open(result, handshake->way == PORT_PLAIN ? PROOF_PLAIN : PROOF_UNKNOWN_KEY);
    } else {
        result->verdict = PROOF_PROVEN;
        result->until = certificate_end(handshake->easy);
    }
}

/* What is spoken there was not understood, or somebody broke it off. */
static void judge_broken(const struct handshake *handshake, struct proof_result *result)
{
    if (handshake->endless)
        result->verdict = PROOF_SILENT;
    else if (handshake->tcp_state == TCP_CLOSE)
        result->verdict = PROOF_RESET;
    else
        set_open(result, handshake->way == PORT_SSH ? PROOF_NO_SSH : PROOF_NO_TLS);
}

void handshake_judge(const struct handshake *handshake, CURLcode code, struct proof_result *result)
{
    curl_off_t us = 0;
    long error = 0;

    curl_easy_getinfo(handshake->easy, CURLINFO_OS_ERRNO, &error);
    curl_easy_getinfo(handshake->easy, CURLINFO_TOTAL_TIME_T, &us);
    result->ms = us / 1000;
    switch (code) {
    case CURLE_OK:
        judge_whole(handshake, result);
        break;
    case CURLE_OPERATION_TIMEDOUT:
        result->verdict = PROOF_SILENT;
        break;
    case CURLE_COULDNT_CONNECT:
        result->verdict = verdict_of_errno(error);
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        if (handshake->match == CURLKHMATCH_OK)
            result->verdict = PROOF_PROVEN;
        else
            set_open(result, why_not_proven(handshake));
        break;
    case CURLE_USE_SSL_FAILED:
        set_open(result, PROOF_NO_STARTTLS);
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
        judge_broken(handshake, result);
        break;
    case CURLE_FAILED_INIT: /* libssh2's, of what is no SSH; else it is this machine's */
    case CURLE_SSH:
        if (handshake->way == PORT_SSH && handshake->tcp_state != 0)
            judge_broken(handshake, result);
        else
            result->verdict = PROOF_UNTRIED;
        break;
    default:
        result->verdict = PROOF_UNTRIED;
    }
}
