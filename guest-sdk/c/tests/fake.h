/* What the tests tell the host in memory, and what it tells them. */
#ifndef FAKE_H
#define FAKE_H

#include <stdio.h>

#include "internal.h"

typedef struct {
    /* The next so many calls are refused, with this error. */
    int refusals;
    uint8_t refusal;
    uint64_t remaining;
    const char *args;
    bool terminated, evaluation_fails;
    uint64_t running;
    /* What was asked for. */
    int calls, dropped;
    size_t pushed, finished, failed;
    char condition[256], logged[256];
} fake_t;

extern fake_t fake;

rush_bindings_string_t fake_string(const char *text);

#endif
