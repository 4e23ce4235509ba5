/*
 * What stands behind RUSH_LOOP and RUSH_OBJECTIVE: a program's function as an export of its world. The results lie in memory as the
 * component model wants them (`result<_, string>` and `result<fields, condition>`), are read by the host, and are freed by it
 * through the functions called `..._done`.
 */
#include "internal.h"

typedef struct { bool is_error; rush_bindings_string_t message; } loop_result_t;

#ifdef __wasm__
_Static_assert(sizeof(loop_result_t) == 12 && offsetof(loop_result_t, message) == 4, "result<_, string>");
_Static_assert(sizeof(rush_worker_evaluator_result_fields_condition_t) == 28, "result<fields, condition>");
#endif

void (*rush_tell_lines)(void);

#ifdef __wasm__
/* Of the C library: writes what printf keeps until its line is complete. Not there in a program that has nothing to print with. */
__attribute__((__weak__)) void __stdio_exit(void);
#endif

/* What was printed without a newline at its end. */
static void flush(void) {
#ifdef __wasm__
    if (__stdio_exit != NULL) __stdio_exit();
#endif
    if (rush_tell_lines != NULL) rush_tell_lines();
}

void *rush_run_loop(rush_loop_t *loop) {
    static loop_result_t result;
    rush_args_are("loop.args");
    rush_error_t *error = loop();
    flush();
    result = (loop_result_t){error != RUSH_OK, {(uint8_t *)"", 0}};
    if (error != RUSH_OK) {
        result.message = rush_lend_text(rush_utf8_copy(error->message));
        rush_error_free(error);
    }
    return &result;
}

void rush_run_loop_done(void *result) {
    rush_text_t message = rush_take_text(((loop_result_t *)result)->message);
    rush_text_free(&message);
}

/* What becomes of an error of an objective: its condition, or one of its message. */
static rush_condition_t condition_of(rush_error_t *error) {
    rush_condition_t condition;
    rush_error_t *invalid = RUSH_OK;
    if (error->condition != NULL) {
        invalid = rush_check_conditions(error->condition, 1);
        if (invalid == RUSH_OK) {
            condition = *error->condition;
            *error->condition = (rush_condition_t){0};
            if (condition.kind.len == 0) condition.kind = rush_text_copy(rush_text("error"));
        }
    }
    if (error->condition == NULL || invalid != RUSH_OK) {
        rush_text_t message = rush_utf8_copy(error->message);
        condition = rush_condition("error", "%s", message.bytes);
        rush_text_free(&message);
    }
    rush_error_free(invalid);
    rush_error_free(error);
    return condition;
}

void *rush_run_objective(rush_objective_t *objective, void *items, size_t len) {
    static rush_worker_evaluator_result_fields_condition_t result;
    rush_args_are("objective.args");
    rush_fields_t xs = rush_take_fields((rush_worker_types_fields_t){items, len}), ys = {0};
    rush_error_t *error = objective(&xs, &ys);
    rush_fields_free(&xs);
    if (error == RUSH_OK) error = rush_check_fields(&ys, 1);
    flush();
    result.is_err = error != RUSH_OK;
    if (error == RUSH_OK) {
        result.val.ok = rush_lend_fields(&ys);
        /* The room of a list without fields is not the host's. */
        if (ys.len == 0) rush_fields_free(&ys);
    } else {
        rush_fields_free(&ys);
        rush_condition_t condition = condition_of(error);
        result.val.err = rush_lend_condition(&condition);
    }
    return &result;
}

void rush_run_objective_done(void *returned) {
    rush_worker_evaluator_result_fields_condition_t *result = returned;
    if (result->is_err) {
        rush_condition_t condition = rush_take_condition(result->val.err);
        rush_condition_free(&condition);
    } else {
        rush_fields_t ys = rush_take_fields(result->val.ok);
        rush_fields_free(&ys);
    }
}
