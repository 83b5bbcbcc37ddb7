/* What a drill of the copy found, for people and for programs. */
#ifndef GITDNS_CLI_DRILL_PRINT_H
#define GITDNS_CLI_DRILL_PRINT_H

#include "survey/survey_judge.h"

void drill_print(const struct survey *survey, const struct survey_sum *sum);
void drill_print_json(const struct survey *survey, const struct survey_sum *sum);

#endif
