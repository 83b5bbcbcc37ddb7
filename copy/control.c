#include "copy/control.h"
#include "base/number.h"
#include <stdio.h>
#include <string.h>

const char *control_word(enum board_forced forced)
{
    static const char *const words[] = {
        [BOARD_AUTO] = "auto", [BOARD_ON] = "on", [BOARD_OFF] = "off", [BOARD_DRILL] = "drill"};

    return words[forced];
}

size_t control_message(const struct control *control, const char *secret,
                       char message[CONTROL_MESSAGE_OCTETS])
{
    const char *word = control_word(control->forced);

    return (size_t)(control->forced == BOARD_DRILL
                        ? snprintf(message, CONTROL_MESSAGE_OCTETS, "%s %u %s", word,
                                   control->seconds, secret)
                        : snprintf(message, CONTROL_MESSAGE_OCTETS, "%s %s", word, secret));
}

bool control_read(const char *message, size_t len, const char *secret, struct control *control)
{
    char text[CONTROL_MESSAGE_OCTETS], again[CONTROL_MESSAGE_OCTETS];
    const char *rest;

    if (len >= sizeof text)
        return false;
    memcpy(text, message, len);
    text[len] = '\0';
    for (enum board_forced forced = BOARD_AUTO; forced <= BOARD_DRILL; forced++) {
        const char *word = control_word(forced);
        int64_t seconds = 0;

        if (strncmp(text, word, strlen(word)) != 0)
            continue;
        if (forced == BOARD_DRILL && text[strlen(word)] == ' ') {
            seconds = number_parse(text + strlen(word) + 1, &rest);
            if (seconds < 1 || seconds > DRILL_SECONDS_MAX)
                return false;
        }
        *control = (struct control){forced, (unsigned)seconds};
        if (control_message(control, secret, again) == len && memcmp(again, message, len) == 0)
            return true;
    }
    return false;
}
