#include "probe.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static void add(char *result, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *result, const char *format, ...)
{
    size_t used = strlen(result);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(result + used, RESULT_MAX - used, format, arguments);
    va_end(arguments);
}

static void add_address(char *result, int family, const void *octets)
{
    char text[INET6_ADDRSTRLEN] = "?";

    inet_ntop(family, octets, text, sizeof text);
    add(result, " %s", text);
}

static const char *error_name(int error)
{
    const char *name = error == 0 ? "0" : strerrorname_np(error);

    return name != NULL ? name : "unknown";
}

static const char *h_errno_name(int error)
{
    switch (error) {
    case NETDB_INTERNAL:
        return "NETDB_INTERNAL";
    case NETDB_SUCCESS:
        return "NETDB_SUCCESS";
    case HOST_NOT_FOUND:
        return "HOST_NOT_FOUND";
    case TRY_AGAIN:
        return "TRY_AGAIN";
    case NO_RECOVERY:
        return "NO_RECOVERY";
    case NO_DATA:
        return "NO_DATA";
    default:
        return "unknown";
    }
}

static const char *eai_name(int code)
{
    switch (code) {
    case EAI_AGAIN:
        return "EAI_AGAIN";
    case EAI_NONAME:
        return "EAI_NONAME";
    case EAI_NODATA:
        return "EAI_NODATA";
    case EAI_FAIL:
        return "EAI_FAIL";
    case EAI_SYSTEM:
        return "EAI_SYSTEM";
    case EAI_ADDRFAMILY:
        return "EAI_ADDRFAMILY";
    case EAI_IDN_ENCODE:
        return "EAI_IDN_ENCODE";
    case EAI_MEMORY:
        return "EAI_MEMORY";
    default:
        return gai_strerror(code);
    }
}

static void add_eai(char *result, int code)
{
    int error = errno;

    add(result, "%s", eai_name(code));
    if (code == EAI_SYSTEM)
        add(result, " errno=%s", error_name(error));
    add(result, " h_errno=%s", h_errno_name(h_errno));
}

static void make_getaddrinfo(const struct call *call, const char *name, char *result)
{
    struct addrinfo hints = {
        .ai_family = call->family, .ai_socktype = SOCK_STREAM, .ai_flags = call->flags};
    struct addrinfo *list;
    int code;

    h_errno = NETDB_SUCCESS;
    code = getaddrinfo(name, NULL, &hints, &list);
    if (code != 0) {
        add_eai(result, code);
        return;
    }
    add(result, "ok");
    if (list->ai_canonname != NULL)
        add(result, " canonical=%s", list->ai_canonname);
    for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
        const void *octets = ai->ai_family == AF_INET
                                 ? (void *)&((struct sockaddr_in *)ai->ai_addr)->sin_addr
                                 : (void *)&((struct sockaddr_in6 *)ai->ai_addr)->sin6_addr;
        add_address(result, ai->ai_family, octets);
    }
    freeaddrinfo(list);
}

static void add_hostent(char *result, int code, const struct hostent *host, int error)
{
    if (host == NULL) {
        add(result, "return=%s h_errno=%s", error_name(code), h_errno_name(error));
        return;
    }
    add(result, "ok name=%s", host->h_name);
    for (char **alias = host->h_aliases; *alias != NULL; alias++)
        add(result, " alias=%s", *alias);
    add(result, " length=%d", host->h_length);
    for (char **address = host->h_addr_list; *address != NULL; address++)
        add_address(result, host->h_addrtype, *address);
}

static void make_gethostbyname_r(const struct call *call, const char *name, char *result)
{
    struct hostent host, *found = NULL;
    char buffer[8192];
    int error = NETDB_SUCCESS, code;

    if (call->family == AF_UNSPEC)
        code = gethostbyname_r(name, &host, buffer, sizeof buffer, &found, &error);
    else
        code = gethostbyname2_r(name, call->family, &host, buffer, sizeof buffer, &found, &error);
    add_hostent(result, code, found, error);
}

static void make_gethostbyaddr_r(const struct call *call, const char *address, char *result)
{
    struct hostent host, *found = NULL;
    unsigned char octets[16];
    char buffer[8192];
    int family = strchr(address, ':') != NULL ? AF_INET6 : AF_INET;
    int error = NETDB_SUCCESS, code;

    (void)call;
    inet_pton(family, address, octets);
    code = gethostbyaddr_r(octets, family == AF_INET ? 4 : 16, family, &host, buffer, sizeof buffer,
                           &found, &error);
    add_hostent(result, code, found, error);
}

static void make_getnameinfo(const struct call *call, const char *address, char *result)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    char host[NI_MAXHOST];
    int code;

    h_errno = NETDB_SUCCESS;
    if (inet_pton(AF_INET, address, &in.sin_addr) == 1) {
        code =
            getnameinfo((struct sockaddr *)&in, sizeof in, host, sizeof host, NULL, 0, call->flags);
    } else {
        inet_pton(AF_INET6, address, &in6.sin6_addr);
        code = getnameinfo((struct sockaddr *)&in6, sizeof in6, host, sizeof host, NULL, 0,
                           call->flags);
    }
    if (code != 0)
        add_eai(result, code);
    else
        add(result, "ok %s", host);
}

#define GETADDRINFO(flags_label, flags)                                                            \
    {"getaddrinfo unspec" flags_label, make_getaddrinfo, AF_UNSPEC, flags},                        \
        {"getaddrinfo inet" flags_label, make_getaddrinfo, AF_INET, flags},                        \
    {                                                                                              \
        "getaddrinfo inet6" flags_label, make_getaddrinfo, AF_INET6, flags                         \
    }

const struct call calls_by_name[] = {
    GETADDRINFO("", 0),
    GETADDRINFO(" canonname", AI_CANONNAME),
    GETADDRINFO(" v4mapped", AI_V4MAPPED),
    GETADDRINFO(" canonname v4mapped", AI_CANONNAME | AI_V4MAPPED),
    {"getaddrinfo inet6 v4mapped all", make_getaddrinfo, AF_INET6, AI_V4MAPPED | AI_ALL},
    {"gethostbyname_r", make_gethostbyname_r, AF_UNSPEC, 0},
    {"gethostbyname2_r inet", make_gethostbyname_r, AF_INET, 0},
    {"gethostbyname2_r inet6", make_gethostbyname_r, AF_INET6, 0},
    {0},
};

const struct call calls_by_address[] = {
    {"gethostbyaddr_r", make_gethostbyaddr_r, AF_UNSPEC, 0},
    {"getnameinfo", make_getnameinfo, AF_UNSPEC, 0},
    {"getnameinfo namereqd", make_getnameinfo, AF_UNSPEC, NI_NAMEREQD},
    {0},
};

int call_errno;

void call_make(const struct call *call, const char *name, char *result)
{
    result[0] = '\0';
    errno = call_errno;
    call->make(call, name, result);
}
