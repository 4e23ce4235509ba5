/*
 * What can go wrong, and why a task failed.
 *
 *     rush_error_t *error = rush_push_running_one(&xs, NULL, &key);
 *     if (error != RUSH_OK && error->kind == RUSH_ERROR_LIMIT_EXCEEDED) {
 *         rush_log_warn("my loop", "%s", error->message.bytes);
 *         rush_error_free(error);
 *     } else RUSH_TRY(error);
 */
#ifndef RUSH_ERRORS_H
#define RUSH_ERRORS_H

#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rush_error_kind {
    /* The call makes no sense: names repeat, a key is unknown, a text is not UTF-8. */
    RUSH_ERROR_INVALID,
    /* This worker was declared lost, killed, or removed by a reset. Nothing it writes counts any more, so the loop should end. */
    RUSH_ERROR_LOST_OWNERSHIP,
    /* The run's exact budget does not allow this many tasks; `remaining` are possible. See rush_when_there_is_room. */
    RUSH_ERROR_BUDGET_EXHAUSTED,
    /* The memory of Redis is full; nothing was written. See rush_when_there_is_room. */
    RUSH_ERROR_STORAGE_FULL,
    /* Redis cannot be reached within the time limit; whether the call took effect is settled on reconnect. */
    RUSH_ERROR_UNAVAILABLE,
    /* A value is larger than the run file allows, and nothing was written; or an answer, or the tables that are held, are larger
     * than the memory that the loop may have. */
    RUSH_ERROR_LIMIT_EXCEEDED,
    /* Not granted to this component. */
    RUSH_ERROR_DENIED,
    /* A field or an argument that is not there, or null. */
    RUSH_ERROR_MISSING,
    /* A field or an argument of another type than was asked for. */
    RUSH_ERROR_WRONG_TYPE,
    /* The objective gave no result: `condition` says why. */
    RUSH_ERROR_CONDITION,
    /* The program's own message: rush_error. */
    RUSH_ERROR_MESSAGE
} rush_error_kind_t;

/* Why a task failed. The kinds of the host: error, trap, time-limit, memory-limit, fuel, limit, denied, cancelled, killed, lost,
 * removed. Those that only the host can know are not believed if an objective claims them. */
typedef struct rush_condition {
    rush_text_t kind;      /* "error" unless something better is known */
    rush_text_t message;   /* for people */
    rush_fields_t details; /* whatever else is known */
} rush_condition_t;

struct rush_error {
    rush_error_kind_t kind;
    rush_text_t message;         /* for people; a C string */
    uint64_t remaining;          /* of RUSH_ERROR_BUDGET_EXHAUSTED */
    rush_condition_t *condition; /* of RUSH_ERROR_CONDITION; NULL in all others */
};

#define RUSH_OK ((rush_error_t *)0)

/* Returns from this function with the error of a call, if it has one. */
#define RUSH_TRY(call)                                                                                                          \
    do {                                                                                                                        \
        rush_error_t *rush_try_error = (call);                                                                                  \
        if (rush_try_error != RUSH_OK) return rush_try_error;                                                                   \
    } while (0)

/* An error of your own, its message as printf would print it. */
RUSH_MUST_USE rush_error_t *rush_error(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
/* The name of a kind: "invalid", "lost-ownership", "budget-exhausted", ... */
const char *rush_error_name(rush_error_kind_t kind);
/* NULL is fine. */
void rush_error_free(rush_error_t *error);

/* A condition, its message as printf would print it; yours to free.
 *
 *     rush_condition_t condition = rush_condition("domain", "x1 is %g", x1);
 *     rush_add_number(&condition.details, "x1", x1);
 *     return rush_raise(&condition);
 */
rush_condition_t rush_condition(const char *kind, const char *format, ...) __attribute__((__format__(__printf__, 2, 3)));
void rush_condition_free(rush_condition_t *condition);
/* An error that tells this condition: what an objective returns. The condition moves into it and is empty then. */
RUSH_MUST_USE rush_error_t *rush_raise(rush_condition_t *condition);

#ifdef __cplusplus
}
#endif
#endif
