/* The rounds of all registries, beside each other: a mirror that stalls holds up no other registry.
 * One thread owns all of this; a round under way has a thread of its own. */
#ifndef GITDNS_SYNCD_ROUNDS_H
#define GITDNS_SYNCD_ROUNDS_H

#include "copy/config.h"
#include "syncd/round.h"
#include <pthread.h>
#include <stdatomic.h>

struct rounds_job {
    struct config_registry registry;
    struct round_state state;
    struct round round;
    bool by_hand;
    bool told;      /* a person has asked for the next one */
    int64_t warned; /* when it was last said that the copy expires, Unix time */
    bool recorded;  /* the state file holds what `state` does, or what a round by hand made of it */
    bool running;   /* until it is reaped: all above is its thread's */
    bool threaded;  /* `thread` has not been joined */
    atomic_bool ended; /* its thread has left it */
    pthread_t thread;
    int stop; /* those of struct rounds */
    int tell;
};

struct rounds {
    unsigned count;
    struct rounds_job job[POLICY_REGISTRIES_MAX];
    int64_t suspended; /* ms, since this machine's boot */
    int64_t awake;     /* since when it is: ms of CLOCK_MONOTONIC; its boot is 0 */
    int ended;         /* readable once one has ended */
    int stop;          /* readable: all are to end */
    int told;          /* readable: a signal that the owner waits for has come */
};

/* Returns 0, or -1 with errno. */
int rounds_open(struct rounds *rounds);
void rounds_close(struct rounds *rounds);

/* Takes the registries and reads their states. No round is under way. */
void rounds_configure(struct rounds *rounds, const struct config *config);

/* Reads the states once more, of those whose rounds are recorded. */
void rounds_read_states(struct rounds *rounds);

/* A person asks for a round of each. */
void rounds_ask(struct rounds *rounds);

/* Of those alone that can be fetched from this machine's own files. */
void rounds_ask_own(struct rounds *rounds);

/* Starts those that a person has asked for. Returns how many. Where there is no thread to be had it
 * runs them, until a signal comes; systemd is to wait for them then. */
unsigned rounds_start_asked(struct rounds *rounds);

/* The same, and those that are due at `now`, Unix time; but not where a copy is to be fetched anew
 * and this machine has its network back in a moment, see schedule_network_late. */
unsigned rounds_start(struct rounds *rounds, int64_t now);

/* This machine boots, however long its disks and whoever has to open them took. */
void rounds_booted(struct rounds *rounds);

/* The Unix time, `now` or later where one is put off, at which the next is due of those that are
 * not under way; 0: none. */
int64_t rounds_next(struct rounds *rounds, int64_t now);

/* A round that has ended, or NULL. It is under way no more. */
struct rounds_job *rounds_reap(struct rounds *rounds);

/* Ends those that are under way: all are to be reaped. */
void rounds_stop(struct rounds *rounds);

#endif
