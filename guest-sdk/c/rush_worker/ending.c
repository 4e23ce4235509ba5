/* Taking and ending tasks. */
#include "internal.h"

const char *rush_state_name(rush_state_t state) {
    static const char *const names[] = {"queued", "running", "finished", "failed"};
    return state < 4 ? names[state] : "unknown";
}

void rush_task_free(rush_task_t *task) {
    rush_text_free(&task->key);
    rush_fields_free(&task->xs);
    rush_fields_free(&task->ys);
    rush_fields_free(&task->xs_extra);
    rush_fields_free(&task->ys_extra);
    rush_condition_free(&task->condition);
    rush_text_free(&task->worker_id);
    *task = (rush_task_t){0};
}

void rush_tasks_free(rush_tasks_t *tasks) {
    for (size_t i = 0; i < tasks->len; i++) rush_task_free(&tasks->items[i]);
    if (tasks->len > 0) free(tasks->items);
    *tasks = (rush_tasks_t){NULL, 0};
}

rush_error_t *rush_pop(uint32_t timeout_ms, rush_task_t *task, bool *found) {
    rush_worker_tasks_option_task_t answer;
    rush_worker_types_error_t error;
    if (!rush_worker_tasks_pop(timeout_ms, &answer, &error)) return rush_take_error(error);
    *found = answer.is_some;
    if (answer.is_some) *task = rush_take_task(answer.val);
    return RUSH_OK;
}

static rush_error_t *outcomes(const rush_text_t *keys, const rush_fields_t *ys, const rush_fields_t *extra, size_t len,
    rush_worker_tasks_list_outcome_t *outcomes) {
    RUSH_TRY(rush_check_texts(keys, len, "the key"));
    RUSH_TRY(rush_check_fields(ys, len));
    RUSH_TRY(rush_check_fields(extra, len));
    *outcomes = (rush_worker_tasks_list_outcome_t){rush_allocate(len, sizeof *outcomes->ptr), len};
    for (size_t i = 0; i < len; i++) {
        outcomes->ptr[i].key = rush_lend_text(keys[i]);
        outcomes->ptr[i].ys = rush_lend_fields(&ys[i]);
        outcomes->ptr[i].extra = rush_lend_fields(extra == NULL ? NULL : &extra[i]);
    }
    return RUSH_OK;
}

rush_error_t *rush_finish(
    const rush_text_t *keys, const rush_fields_t *ys, const rush_fields_t *extra, size_t len, rush_texts_t *refused) {
    rush_worker_tasks_list_outcome_t ended;
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    RUSH_TRY(outcomes(keys, ys, extra, len, &ended));
    bool done = rush_worker_tasks_finish(&ended, &answer, &error);
    free(ended.ptr);
    if (!done) return rush_take_error(error);
    rush_give_texts(answer, refused);
    return RUSH_OK;
}

rush_error_t *rush_finish_one(rush_text_t key, const rush_fields_t *ys, const rush_fields_t *extra, bool *saved) {
    rush_texts_t refused;
    RUSH_TRY(rush_finish(&key, ys, extra, 1, &refused));
    if (saved != NULL) *saved = refused.len == 0;
    rush_texts_free(&refused);
    return RUSH_OK;
}

rush_error_t *rush_fail(
    const rush_text_t *keys, const rush_condition_t *conditions, size_t len, rush_texts_t *refused) {
    RUSH_TRY(rush_check_texts(keys, len, "the key"));
    RUSH_TRY(rush_check_conditions(conditions, len));
    rush_worker_tasks_list_failure_t failures = {rush_allocate(len, sizeof *failures.ptr), len};
    for (size_t i = 0; i < len; i++) {
        failures.ptr[i].key = rush_lend_text(keys[i]);
        failures.ptr[i].condition.is_some = conditions != NULL;
        if (conditions != NULL) failures.ptr[i].condition.val = rush_lend_condition(&conditions[i]);
    }
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    bool done = rush_worker_tasks_fail(&failures, &answer, &error);
    free(failures.ptr);
    if (!done) return rush_take_error(error);
    rush_give_texts(answer, refused);
    return RUSH_OK;
}

rush_error_t *rush_fail_one(rush_text_t key, const rush_condition_t *condition, bool *saved) {
    rush_texts_t refused;
    RUSH_TRY(rush_fail(&key, condition, 1, &refused));
    if (saved != NULL) *saved = refused.len == 0;
    rush_texts_free(&refused);
    return RUSH_OK;
}

rush_error_t *rush_finish_and_push_running(const rush_text_t *keys, const rush_fields_t *ys, const rush_fields_t *ys_extra,
    size_t len, const rush_fields_t *xs, const rush_fields_t *xs_extra, size_t next_len, rush_texts_t *next_keys) {
    rush_worker_tasks_list_outcome_t ended;
    RUSH_TRY(rush_check_fields(xs, next_len));
    RUSH_TRY(rush_check_fields(xs_extra, next_len));
    RUSH_TRY(outcomes(keys, ys, ys_extra, len, &ended));
    rush_worker_tasks_list_new_task_t next = {rush_allocate(next_len, sizeof *next.ptr), next_len};
    for (size_t i = 0; i < next_len; i++) {
        next.ptr[i].xs = rush_lend_fields(&xs[i]);
        next.ptr[i].extra = rush_lend_fields(xs_extra == NULL ? NULL : &xs_extra[i]);
    }
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    bool done = rush_worker_tasks_finish_and_push_running(&ended, &next, &answer, &error);
    free(ended.ptr);
    free(next.ptr);
    if (!done) return rush_take_error(error);
    rush_give_texts(answer, next_keys);
    return RUSH_OK;
}

rush_error_t *rush_finish_and_push_running_one(
    rush_text_t key, const rush_fields_t *ys, const rush_fields_t *xs, bool *pushed, rush_text_t *next_key) {
    rush_texts_t keys;
    RUSH_TRY(rush_finish_and_push_running(&key, ys, NULL, 1, xs, NULL, 1, &keys));
    *pushed = keys.len > 0;
    if (*pushed) {
        *next_key = keys.items[0];
        keys.items[0] = (rush_text_t){(char *)"", 0};
    }
    rush_texts_free(&keys);
    return RUSH_OK;
}
