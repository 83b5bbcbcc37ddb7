/* Who has asked DNS for what, and how long he waited. */
#ifndef GITDNS_DEAD_DNS_ASKED_H
#define GITDNS_DEAD_DNS_ASKED_H

#include "registry/registry.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ASKED_NAMES_MAX 4096
#define ASKED_PROCESSES_MAX 256 /* the last that have asked */
#define ASKED_PROGRAM_OCTETS 16
#define ASKED_PORTS 65536

/* Types that were asked for. */
enum asked_types { ASKED_A = 1, ASKED_AAAA = 2, ASKED_OTHER = 4 };

/* A name and a program that has asked for it; milliseconds. */
struct asked_name {
    char name[NAME_MAX_OCTETS + 1];
    char program[ASKED_PROGRAM_OCTETS]; /* empty: not known */
    pid_t process;                      /* the last of that program */
    unsigned types;                     /* of enum asked_types */
    unsigned questions;
    bool reached;   /* glibc went on to gitdns, once DNS had failed */
    bool told;      /* when gitdns was asked is known, and so the wait */
    int64_t waited; /* the longest; !told: until the last question */
    int64_t since;  /* of this look-up's first question; -1: none is going on */
};

struct asked_process {
    pid_t id;
    char program[ASKED_PROGRAM_OCTETS];
    bool reached;
};

struct asked {
    unsigned count;
    unsigned left_out; /* questions for names that there was no room for */
    bool resolved;     /* systemd-resolved was to be asked; it was as if it were not there */
    struct asked_name name[ASKED_NAMES_MAX];
    unsigned processes; /* so many there have been */
    struct asked_process process[ASKED_PROCESSES_MAX];
    uint16_t owner[ASKED_PORTS]; /* the place, from 1 on, of the process that asks from that port */
};

/* A process is going to ask from that local port. */
void asked_from(struct asked *asked, uint16_t port, pid_t id);

/* A question has come from that port. */
void asked_question(struct asked *asked, uint16_t port, const char *name, uint16_t type,
                    int64_t now);

/* A process says that DNS has failed for the name (nss_gitdns/report.h). */
void asked_report(struct asked *asked, pid_t id, const char *name, int64_t now);

#endif
