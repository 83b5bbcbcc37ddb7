#include "copy/config_url.h"
#include <curl/curl.h>
#include <string.h>

static bool url_has(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK;

    curl_free(text);
    return has;
}

static const char *check(CURLU *url, const char *value)
{
    char *scheme = NULL;
    bool known;

    if (curl_url_set(url, CURLUPART_URL, value, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return "not a URL of http, https or file";
    known =
        strcmp(scheme, "https") == 0 || strcmp(scheme, "http") == 0 || strcmp(scheme, "file") == 0;
    curl_free(scheme);
    if (!known)
        return "not a URL of http, https or file";
    /* They would be shown in messages and in `gitdns status`. */
    if (url_has(url, CURLUPART_USER) || url_has(url, CURLUPART_PASSWORD))
        return "a URL with a user name or password is refused";
    /* The names of a registry's files are appended. */
    if (url_has(url, CURLUPART_QUERY) || url_has(url, CURLUPART_FRAGMENT))
        return "a URL with `?` or `#` is refused";
    return NULL;
}

const char *config_url_take(const char *value, char url[CONFIG_URL_OCTETS])
{
    const char *cause;
    CURLU *parts;

    if (strlen(value) > CONFIG_LINE_MAX)
        return "a URL that is too long";
    parts = curl_url();
    if (parts == NULL)
        return "out of memory";
    cause = check(parts, value);
    curl_url_cleanup(parts);
    if (cause == NULL) {
        strcpy(url, value);
        if (value[strlen(value) - 1] != '/')
            strcat(url, "/");
    }
    return cause;
}
