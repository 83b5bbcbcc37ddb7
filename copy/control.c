#include "copy/control.h"

const char *control_word(enum board_forced forced)
{
    static const char *const words[] = {
        [BOARD_AUTO] = "auto", [BOARD_ON] = "on", [BOARD_OFF] = "off"};

    return words[forced];
}
