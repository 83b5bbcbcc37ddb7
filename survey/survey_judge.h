/* What comes of a name, and of all. Pure. */
#ifndef GITDNS_SURVEY_SURVEY_JUDGE_H
#define GITDNS_SURVEY_SURVEY_JUDGE_H

#include "survey/survey.h"

/* What a name's answers of DNS, of both families, come to. */
struct survey_answers {
    bool failed;      /* one of them */
    bool found;       /* there is an address */
    bool more;        /* there are others than the copy has */
    bool cut;         /* there may be more than are told */
    unsigned stored;  /* addresses in the copy, */
    unsigned matched; /* and of these, those that DNS gives */
};

enum survey_dns survey_judge_dns(const struct survey_answers *answers);

enum survey_fate survey_judge_fate(const struct survey_address *addresses, unsigned count,
                                   enum survey_dns dns);

/* How many of each, and which share would work of those that were tried. */
struct survey_sum {
    uint64_t names;
    uint64_t fate[SURVEY_FATES];
    uint64_t dns[SURVEY_DNS];
    uint64_t work;
    double share;       /* 0 to 1; 0 if none was tried */
    double least, most; /* of the whole copy, 19 times of 20; both `share` if all were tried */
};

/* Of those that were drawn, or of those that this machine uses. */
void survey_sum_drawn(const struct survey *survey, struct survey_sum *sum);
void survey_sum_used(const struct survey *survey, struct survey_sum *sum);

/* For people: `same`, `dead` ... */
const char *survey_dns_word(enum survey_dns dns);
const char *survey_fate_word(enum survey_fate fate);

#endif
