/*
 * rush_worker: worker loops and objectives for rush-host in C.
 *
 * A worker loop is a function that the host calls once for each worker; RUSH_LOOP makes it the program:
 *
 *     #include "rush_worker.h"
 *
 *     static rush_error_t *queue_work(void) {
 *         while (!rush_terminated()) {
 *             rush_task_t task;
 *             bool found;
 *             RUSH_TRY(rush_pop(1000, &task, &found));
 *             if (!found) continue;
 *             RUSH_TRY(rush_evaluate_task(task.key, &task.xs, NULL));
 *             rush_task_free(&task);
 *         }
 *         return RUSH_OK;
 *     }
 *     RUSH_LOOP(queue_work)
 *
 * An objective is a function of a point, which adds its result to `ys`:
 *
 *     static rush_error_t *sphere(const rush_fields_t *xs, rush_fields_t *ys) {
 *         double x1, x2;
 *         RUSH_TRY(rush_get_number(xs, "x1", &x1));
 *         RUSH_TRY(rush_get_number(xs, "x2", &x2));
 *         rush_add_number(ys, "y", x1 * x1 + x2 * x2);
 *         return RUSH_OK;
 *     }
 *     RUSH_OBJECTIVE(sphere)
 *
 * Errors. A call that can fail returns `rush_error_t *`: RUSH_OK (which is NULL), or an error that is yours to free
 * (rush_error_free) or to pass on (RUSH_TRY). What it should have given is then left as it was. A compiler warns where an answer is
 * ignored.
 *
 * Memory. What a call gives through a pointer that is not const is yours: free it with the function of its type (rush_fields_free,
 * rush_text_free, rush_task_free, ...), which leaves it empty. What it gives as const is borrowed, and says from what. Lists that
 * you hand over are only read. Where an answer is not wanted, NULL may stand for it, if the description says "or NULL". Memory
 * never runs out silently: when the run file's limit is reached the program ends there, with that as its reason.
 *
 * Units. Times are milliseconds. Lengths of texts are bytes of UTF-8.
 *
 * Lists. Calls that take many tasks cost one round trip whatever the number; those that end in `_one` are for the most common
 * number.
 */
#ifndef RUSH_WORKER_H
#define RUSH_WORKER_H

#include "rush_values.h"
#include "rush_errors.h"
#include "rush_json.h"
#include "rush_random.h"
#include "rush_log.h"
#include "rush_given.h"
#include "rush_tasks.h"
#include "rush_table.h"
#include "rush_hashes.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The program -------------------------------------------------------------------------------------------------------------- */

/* A worker loop: returning RUSH_OK ends the worker; the message of an error is recorded as its end. */
typedef rush_error_t *rush_loop_t(void);

/* An objective. It may return a rush_error (the task fails with its message), or a rush_raise of a condition of its own. Static
 * variables keep what is expensive to prepare between evaluations; they must not change results. */
typedef rush_error_t *rush_objective_t(const rush_fields_t *xs, rush_fields_t *ys);

/* Makes a function the worker loop of this component: RUSH_LOOP(random_search), once, outside any function. */
#define RUSH_LOOP(function)                                                                                                     \
    RUSH_EXPORT("run") void *rush_export_run(void) { return rush_run_loop(function); }                                          \
    RUSH_EXPORT("cabi_post_run") void rush_export_run_done(void *result) { rush_run_loop_done(result); }

/* Makes a function the objective of this component: RUSH_OBJECTIVE(branin), once, outside any function. */
#define RUSH_OBJECTIVE(function)                                                                                                \
    RUSH_EXPORT("rush:worker/evaluator@0.1.0#evaluate") void *rush_export_evaluate(void *items, size_t len) {                   \
        return rush_run_objective(function, items, len);                                                                        \
    }                                                                                                                           \
    RUSH_EXPORT("cabi_post_rush:worker/evaluator@0.1.0#evaluate") void rush_export_evaluate_done(void *result) {                \
        rush_run_objective_done(result);                                                                                        \
    }

/* For the two macros alone: what a component exports, and what stands behind it. */
#ifdef __wasm__
#define RUSH_EXPORT(name) __attribute__((__export_name__(name)))
#else
#define RUSH_EXPORT(name)
#endif
void *rush_run_loop(rush_loop_t *loop);
void rush_run_loop_done(void *result);
void *rush_run_objective(rush_objective_t *objective, void *items, size_t len);
void rush_run_objective_done(void *result);
void *rush_export_run(void);
void rush_export_run_done(void *result);
void *rush_export_evaluate(void *items, size_t len);
void rush_export_evaluate_done(void *result);

#ifdef __cplusplus
}
#endif
#endif
