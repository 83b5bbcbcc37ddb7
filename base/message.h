/* One line of text for people: bounded, and printable whatever a server put into it. */
#ifndef GITDNS_BASE_MESSAGE_H
#define GITDNS_BASE_MESSAGE_H

#include <stdarg.h>

#define MESSAGE_OCTETS 1024

/* As snprintf to `message`, cut to fit; octets that are not printable ASCII become `?`. */
__attribute__((format(printf, 2, 3))) void message_set(char message[MESSAGE_OCTETS],
                                                       const char *format, ...);

/* The same, as vsnprintf. */
__attribute__((format(printf, 2, 0))) void message_set_list(char message[MESSAGE_OCTETS],
                                                            const char *format, va_list arguments);

#endif
