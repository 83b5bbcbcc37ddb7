#include "dead_dns/question.h"
#include <arpa/nameser.h>
#include <ctype.h>
#include <string.h>

#define FLAGS 2 /* where they stand, and the numbers of questions and of what follows them */
#define COUNTS 4
#define QR 0x80 /* of the first octet of the flags: an answer */
#define RD 0x01 /* recursion is wanted */
#define RA 0x80 /* of the second: and there is some */

static uint16_t get16(const unsigned char *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static char shown(unsigned char octet)
{
    return isalnum(octet) || octet == '-' || octet == '_' ? (char)tolower(octet) : '?';
}

/* Returns where the name ends, or 0. A question's is not compressed. */
static size_t read_name(const unsigned char *message, size_t len, char name[NAME_MAX_OCTETS + 1])
{
    size_t at = NS_HFIXEDSZ, out = 0;

    while (at < len && message[at] != 0) {
        size_t label = message[at];

        if (label > LABEL_MAX_OCTETS || at + label >= len || out + label + 1 > NAME_MAX_OCTETS)
            return 0;
        if (out > 0)
            name[out++] = '.';
        for (size_t i = 1; i <= label; i++)
            name[out++] = shown(message[at + i]);
        at += 1 + label;
    }
    if (out == 0)
        name[out++] = '.';
    name[out] = '\0';
    return at < len ? at + 1 : 0;
}

bool question_read(const unsigned char *message, size_t len, struct question *question)
{
    size_t end;

    if (len < NS_HFIXEDSZ || (message[FLAGS] & QR) != 0 || get16(message + COUNTS) != 1)
        return false;
    end = read_name(message, len, question->name);
    if (end == 0 || end + NS_QFIXEDSZ > len)
        return false;
    question->type = get16(message + end);
    question->octets = end + NS_QFIXEDSZ;
    return true;
}

size_t question_fail(unsigned char *message, const struct question *question)
{
    message[FLAGS] = (unsigned char)(QR | (message[FLAGS] & RD));
    message[FLAGS + 1] = RA | ns_r_servfail;
    memset(message + COUNTS + 2, 0, NS_HFIXEDSZ - COUNTS - 2);
    return question->octets;
}
