#include "push/push_options.h"
#include <getopt.h>
#include <string.h>

static bool add_remote(struct push_options *options, const char *word, char fault[MESSAGE_OCTETS])
{
    const char *why;

    if (options->remotes == PUSH_REMOTES_MAX) {
        message_set(fault, "more than %d remotes", PUSH_REMOTES_MAX);
        return false;
    }
    for (unsigned i = 0; i < options->remotes; i++)
        if (strcmp(options->remote[i].word, word) == 0) {
            message_set(fault, "%s: twice", word);
            return false;
        }
    if (!remote_parse(word, &options->remote[options->remotes], &why)) {
        message_set(fault, "%s: %s", word, why);
        return false;
    }
    options->remotes++;
    return true;
}

static bool add_words(int argc, char **argv, struct push_options *options,
                      char fault[MESSAGE_OCTETS])
{
    if (argc - optind < 2) {
        message_set(fault, "DIR and a REMOTE: missing");
        return false;
    }
    options->folder = argv[optind];
    for (int i = optind + 1; i < argc; i++)
        if (!add_remote(options, argv[i], fault))
            return false;
    return true;
}

enum push_wish push_options_parse(int argc, char **argv, struct push_options *options,
                                  char fault[MESSAGE_OCTETS])
{
    static const struct option words[] = {{"force", no_argument, NULL, 'f'},
                                          {"within", required_argument, NULL, 'w'},
                                          {"help", no_argument, NULL, 'h'},
                                          {"version", no_argument, NULL, 'v'},
                                          {NULL, 0, NULL, 0}};
    int word;

    *options = (struct push_options){.within = WITHIN_DEFAULT};
    fault[0] = '\0';
    while ((word = getopt_long(argc, argv, "", words, NULL)) != -1) {
        switch (word) {
        case 'f':
            options->force = true;
            break;
        case 'w':
            options->within = duration_parse(optarg, "smhdw");
            if (options->within <= 0 || options->within > WITHIN_MAX) {
                message_set(fault, "--within: not a time of up to " WITHIN_MAX_TEXT ", such as 2h");
                return PUSH_WRONG;
            }
            break;
        case 'h':
            return PUSH_HELP;
        case 'v':
            return PUSH_VERSION;
        default:
            return PUSH_WRONG;
        }
    }
    return add_words(argc, argv, options, fault) ? PUSH_RUN : PUSH_WRONG;
}
