#include "outage/denial_question.h"
#include "base/clock.h"
#include "outage/channel.h"
#include <arpa/nameser.h>
#include <errno.h>
#include <poll.h>
#include <sodium.h>

#define TYPES 2
/* Messages at a time, of a nameserver that sends more than it was asked for. */
#define READS_MAX 64

static const int type_of[TYPES] = {ns_t_a, ns_t_aaaa};

/* To one nameserver. */
struct question {
    struct channel channel;
    bool failed; /* it has, for one of the types, or cannot be reached */
    size_t len;
    uint8_t query[TYPES][DNS_MESSAGE_OCTETS];
    enum dns_content content[TYPES];
};

static bool make(struct question *question, const struct resolv_conf *conf, const char *name)
{
    for (unsigned i = 0; i < TYPES; i++) {
        int len = dns_message_make(name, type_of[i], conf->options,
                                   (uint16_t)randombytes_uniform(1 << 16), question->query[i]);

        if (len < 0)
            return false;
        question->len = (size_t)len;
        question->content[i] = DNS_CONTENT_UNKNOWN;
    }
    return true;
}

static void send_all(struct question *question)
{
    for (unsigned i = 0; i < TYPES && !question->failed; i++)
        if (question->content[i] == DNS_CONTENT_UNKNOWN)
            question->failed =
                channel_send_udp(&question->channel, question->query[i], question->len) < 0;
}

static void take(struct question *question, const uint8_t *reply, size_t len)
{
    for (unsigned i = 0; i < TYPES; i++) {
        enum probe_failure why;

        switch (dns_message_judge(question->query[i], question->len, reply, len, false, &why)) {
        case DNS_REPLY_ANSWER:
        case DNS_REPLY_CUT: /* what has come may be enough */
            question->content[i] = dns_message_content(reply, len, type_of[i]);
            return;
        case DNS_REPLY_FAILURE:
            question->failed = true;
            return;
        case DNS_REPLY_OTHER:
            break;
        }
    }
}

static void read_all(struct question *question)
{
    for (int i = 0; i < READS_MAX; i++) {
        uint8_t reply[DNS_MESSAGE_OCTETS];
        int len = channel_read_udp(&question->channel, reply);

        if (len < 0) {
            question->failed = question->failed || len != -EAGAIN;
            return;
        }
        take(question, reply, (size_t)len);
    }
}

static enum denial_reply reply_of(const struct question *question)
{
    bool denied = true;

    for (unsigned i = 0; i < TYPES; i++) {
        if (question->content[i] == DNS_CONTENT_ADDRESSES)
            return DENIAL_YES;
        denied = denied && question->content[i] == DNS_CONTENT_DENIAL;
    }
    return denied ? DENIAL_NO : DENIAL_NO_REPLY;
}

/* A negative time would be one without an end: this process may have had none for long. */
static int time_until(int64_t then, int64_t now)
{
    return then > now ? (int)(then - now) : 0;
}

static enum denial_reply ask_one(struct question *question, const atomic_bool *ends)
{
    int64_t now = clock_ms(CLOCK_MONOTONIC), end = now + DENIAL_QUESTION_MS, next = now;

    while (now < end && !question->failed && reply_of(question) == DENIAL_NO_REPLY && !*ends) {
        struct pollfd poll_fd = {.events = POLLIN};

        if (now >= next) {
            send_all(question);
            next += DENIAL_QUESTION_MS / DENIAL_QUESTION_SENDS;
        }
        poll_fd.fd = question->channel.udp;
        if (!question->failed && poll(&poll_fd, 1, time_until(next, now)) > 0)
            read_all(question);
        now = clock_ms(CLOCK_MONOTONIC);
    }
    return reply_of(question);
}

enum denial_reply denial_question_ask(const struct resolv_conf *conf, const char *name,
                                      const atomic_bool *ends)
{
    enum denial_reply reply = DENIAL_NO_REPLY;

    for (unsigned i = 0; i < conf->count && reply == DENIAL_NO_REPLY && !*ends; i++) {
        struct question question = {0};

        channel_open(&question.channel, &conf->server[i]);
        if (make(&question, conf, name))
            reply = ask_one(&question, ends);
        channel_close(&question.channel);
    }
    return reply;
}
