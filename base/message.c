#include "base/message.h"
#include <stdarg.h>
#include <stdio.h>

void message_set(char message[MESSAGE_OCTETS], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, MESSAGE_OCTETS, format, arguments);
    va_end(arguments);
    for (char *p = message; *p; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
}
