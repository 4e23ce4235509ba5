/* The objective of the run file. Only a program that calls one of these imports it. */
#include "internal.h"

rush_error_t *rush_evaluate(const rush_fields_t *xs, rush_fields_t *ys) {
    RUSH_TRY(rush_check_fields(xs, 1));
    rush_worker_types_fields_t lent = rush_lend_fields(xs), answer;
    rush_worker_types_condition_t refusal;
    if (rush_worker_evaluator_evaluate(&lent, &answer, &refusal)) {
        *ys = rush_take_fields(answer);
        return RUSH_OK;
    }
    rush_condition_t condition = rush_take_condition(refusal);
    return rush_raise(&condition);
}

typedef struct { rush_text_t key; const rush_fields_t *ys; const rush_condition_t *condition; bool saved; } settling_t;

static rush_error_t *finish(void *state) {
    settling_t *settling = state;
    return rush_finish_one(settling->key, settling->ys, NULL, &settling->saved);
}

static rush_error_t *fail(void *state) {
    settling_t *settling = state;
    return rush_fail_one(settling->key, settling->condition, NULL);
}

static bool cannot_be_stored(const rush_error_t *error) {
    return error != RUSH_OK && (error->kind == RUSH_ERROR_LIMIT_EXCEEDED || error->kind == RUSH_ERROR_INVALID);
}

/* It is the objective's fault, and may cost no more than its task. */
static rush_condition_t unstorable(const char *what, const rush_error_t *error) {
    const char *kind = error->kind == RUSH_ERROR_LIMIT_EXCEEDED ? "limit" : "error";
    return rush_condition(kind, "%s of the objective cannot be stored: %s", what, error->message.bytes);
}

static rush_error_t *settle_failure(rush_text_t key, const rush_condition_t *condition) {
    settling_t settling = {key, NULL, condition, false};
    bool done;
    rush_error_t *error = rush_when_there_is_room(fail, &settling, &done);
    if (!cannot_be_stored(error)) return error;
    rush_condition_t plain = unstorable("the condition", error);
    settling.condition = &plain;
    rush_error_free(error);
    error = rush_when_there_is_room(fail, &settling, &done);
    rush_condition_free(&plain);
    return error;
}

rush_error_t *rush_evaluate_task(rush_text_t key, const rush_fields_t *xs, bool *saved) {
    rush_fields_t ys = {0};
    if (saved != NULL) *saved = false;
    rush_error_t *error = rush_evaluate(xs, &ys);
    if (error != RUSH_OK && error->kind != RUSH_ERROR_CONDITION) return error;
    if (error == RUSH_OK) {
        settling_t settling = {key, &ys, NULL, false};
        bool done;
        error = rush_when_there_is_room(finish, &settling, &done);
        rush_fields_free(&ys);
        if (error == RUSH_OK && saved != NULL) *saved = done && settling.saved;
        if (!cannot_be_stored(error)) return error;
        rush_condition_t condition = unstorable("`ys`", error);
        rush_error_free(error);
        error = rush_raise(&condition);
    }
    rush_error_t *failed = settle_failure(key, error->condition);
    rush_error_free(error);
    return failed;
}
