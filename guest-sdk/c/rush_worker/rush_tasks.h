/*
 * Tasks: creating, taking and ending them, and evaluating the objective of the run file.
 *
 *     rush_text_t key;
 *     RUSH_TRY(rush_push_running_one(&xs, NULL, &key));
 *     rush_fields_t ys = {0};
 *     rush_add_number(&ys, "y", f(x1, x2));
 *     RUSH_TRY(rush_finish_one(key, &ys, NULL, NULL));
 *     rush_fields_free(&ys);
 *     rush_text_free(&key);
 *
 * `extra` are lists of fields that lie beside xs or ys: one for each task, or NULL for none.
 */
#ifndef RUSH_TASKS_H
#define RUSH_TASKS_H

#include "rush_errors.h"
#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef uint8_t rush_state_t;
enum { RUSH_QUEUED, RUSH_RUNNING, RUSH_FINISHED, RUSH_FAILED };
/* "queued", "running", "finished", "failed". */
const char *rush_state_name(rush_state_t state);

typedef struct rush_task {
    rush_text_t key;
    rush_state_t state;
    rush_fields_t xs, ys, xs_extra, ys_extra;
    bool has_condition;
    rush_condition_t condition;
    bool has_worker_id;
    rush_text_t worker_id;
    /* How often the task was popped; 0 for one that its worker created as running. */
    uint32_t attempt;
} rush_task_t;
void rush_task_free(rush_task_t *task);

typedef struct rush_tasks { rush_task_t *items; size_t len; } rush_tasks_t;
void rush_tasks_free(rush_tasks_t *tasks);

typedef struct rush_counts { uint64_t queued, running, finished, failed; } rush_counts_t;

/* ---- Creating tasks. `keys` (or NULL): one for each task ------------------------------------------------------------------- */

/* Queued tasks, for whoever pops them first. */
RUSH_MUST_USE rush_error_t *rush_push(const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys);
/* Queued tasks in the queue of one worker, which it pops before others. */
RUSH_MUST_USE rush_error_t *rush_push_to(
    const char *worker_id, const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys);
RUSH_MUST_USE rush_error_t *rush_push_one(const rush_fields_t *xs, const rush_fields_t *extra, rush_text_t *key);
/* Tasks that this worker evaluates now: everybody sees them as running. */
RUSH_MUST_USE rush_error_t *rush_push_running(
    const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys);
RUSH_MUST_USE rush_error_t *rush_push_running_one(const rush_fields_t *xs, const rush_fields_t *extra, rush_text_t *key);
/* Tasks together with their results. They have no worker: nobody evaluated them here. */
RUSH_MUST_USE rush_error_t *rush_push_finished(const rush_fields_t *xs, const rush_fields_t *ys, const rush_fields_t *xs_extra,
    const rush_fields_t *ys_extra, size_t len, rush_texts_t *keys);
/* Tasks that failed already. Without conditions (NULL) they read "Task failed". */
RUSH_MUST_USE rush_error_t *rush_push_failed(const rush_fields_t *xs, const rush_fields_t *extra,
    const rush_condition_t *conditions, size_t len, rush_texts_t *keys);

/* ---- Taking and ending tasks. `refused` (or NULL): the keys of those that somebody settled first; their fields are untouched  */

/* Takes the oldest queued task and marks it as running; waits for one up to `timeout_ms`, which may be 0. */
RUSH_MUST_USE rush_error_t *rush_pop(uint32_t timeout_ms, rush_task_t *task, bool *found);
/* Saves results and marks the tasks as finished. */
RUSH_MUST_USE rush_error_t *rush_finish(
    const rush_text_t *keys, const rush_fields_t *ys, const rush_fields_t *extra, size_t len, rush_texts_t *refused);
/* The same for one task: whether its result was `saved` (or NULL). */
RUSH_MUST_USE rush_error_t *rush_finish_one(
    rush_text_t key, const rush_fields_t *ys, const rush_fields_t *extra, bool *saved);
/* Marks running tasks of this worker as failed. Without conditions (NULL) they read "Task failed". */
RUSH_MUST_USE rush_error_t *rush_fail(
    const rush_text_t *keys, const rush_condition_t *conditions, size_t len, rush_texts_t *refused);
RUSH_MUST_USE rush_error_t *rush_fail_one(rush_text_t key, const rush_condition_t *condition, bool *saved);
/* rush_finish, then rush_push_running, in one round trip. No `keys` (or NULL) mean that nothing was pushed: a finish was refused,
 * or the run's exact budget is used up, in which case the results are saved. */
RUSH_MUST_USE rush_error_t *rush_finish_and_push_running(const rush_text_t *keys, const rush_fields_t *ys,
    const rush_fields_t *ys_extra, size_t len, const rush_fields_t *xs, const rush_fields_t *xs_extra, size_t next_len,
    rush_texts_t *next_keys);
/* The same for one task and its successor: whether that was `pushed`, and if so its key. */
RUSH_MUST_USE rush_error_t *rush_finish_and_push_running_one(
    rush_text_t key, const rush_fields_t *ys, const rush_fields_t *xs, bool *pushed, rush_text_t *next_key);

/* ---- Evaluating: the objective of the run file, in a sandbox of its own ---------------------------------------------------- */

/* Evaluates a point. Whatever the objective does (an error, a trap, more time or memory than it may have) is RUSH_ERROR_CONDITION,
 * whose condition can be given to rush_fail_one; the next evaluation starts as if nothing had happened. */
RUSH_MUST_USE rush_error_t *rush_evaluate(const rush_fields_t *xs, rush_fields_t *ys);
/* Evaluates the point of a running task of this worker, then finishes or fails the task: whether a result was `saved` (or NULL).
 * The task fails, too, if its result cannot be stored. A full Redis is waited for. */
RUSH_MUST_USE rush_error_t *rush_evaluate_task(rush_text_t key, const rush_fields_t *xs, bool *saved);

/* ---- Waiting for room: in the exact budget of a run, and in Redis ---------------------------------------------------------- */

/* rush_push_running of the first of these points: of all, or of as many as the run's exact budget has room for. Waits for a place, because one becomes
 * free when a task fails or its worker dies, and somebody has to take it. No keys mean that the worker should end.
 *
 *     rush_texts_t keys;
 *     RUSH_TRY(rush_push_running_what_fits(xs, NULL, 3, &keys));
 *     for (size_t i = 0; i < keys.len; i++) RUSH_TRY(rush_evaluate_task(keys.items[i], &xs[i], NULL));
 *     rush_texts_free(&keys);
 */
RUSH_MUST_USE rush_error_t *rush_push_running_what_fits(
    const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys);
/* Makes a call, and makes it again as long as it is refused for want of room. `done` is false when the worker should end instead;
 * other errors are passed on. The worker should have no running tasks of its own while it waits for a place. */
RUSH_MUST_USE rush_error_t *rush_when_there_is_room(rush_error_t *(*call)(void *state), void *state, bool *done);

/* ---- Looking at tasks ------------------------------------------------------------------------------------------------------ */

/* How many tasks are in each state. */
RUSH_MUST_USE rush_error_t *rush_count(rush_counts_t *counts);
/* The keys of the tasks in each of these states, taken at one moment: keys[i] belongs to states[i]. */
RUSH_MUST_USE rush_error_t *rush_keys(const rush_state_t *states, size_t len, rush_texts_t *keys);
/* Whether each of these tasks is in the given state: `has` has room for `len`. */
RUSH_MUST_USE rush_error_t *rush_has_state(const rush_text_t *keys, size_t len, rush_state_t state, bool *has);
/* Waits until all of these tasks are finished or failed. False when the time is up, or when no worker is running that could end
 * them. */
#define RUSH_NO_TIMEOUT (-1)
RUSH_MUST_USE rush_error_t *rush_wait(const rush_text_t *keys, size_t len, int64_t timeout_ms, bool *done);
/* Fails every queued task ("Removed from queue"), and says how many (or NULL). */
RUSH_MUST_USE rush_error_t *rush_empty_queue(uint64_t *removed);

#ifdef __cplusplus
}
#endif
#endif
