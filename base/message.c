#include "base/message.h"
#include <stdio.h>

void message_set_list(char message[MESSAGE_OCTETS], const char *format, va_list arguments)
{
    vsnprintf(message, MESSAGE_OCTETS, format, arguments);
    for (char *p = message; *p != '\0'; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
}

void message_set(char message[MESSAGE_OCTETS], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    message_set_list(message, format, arguments);
    va_end(arguments);
}
