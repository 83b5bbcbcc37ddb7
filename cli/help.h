/* What `gitdns --help` says. */
#ifndef GITDNS_CLI_HELP_H
#define GITDNS_CLI_HELP_H

extern const char cli_help[];

#endif
