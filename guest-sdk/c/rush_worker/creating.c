/* Creating tasks. */
#include "internal.h"

typedef bool push_call_t(
    rush_worker_tasks_list_new_task_t *tasks, const char *worker_id, rush_bindings_list_string_t *keys, rush_worker_types_error_t *error);

/* The tasks as the host takes them: a list of pairs of lists, which go on belonging to the caller. */
static rush_error_t *new_tasks(
    const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_worker_tasks_list_new_task_t *tasks) {
    RUSH_TRY(rush_check_fields(xs, len));
    RUSH_TRY(rush_check_fields(extra, len));
    *tasks = (rush_worker_tasks_list_new_task_t){rush_allocate(len, sizeof *tasks->ptr), len};
    for (size_t i = 0; i < len; i++) {
        tasks->ptr[i].xs = rush_lend_fields(&xs[i]);
        tasks->ptr[i].extra = rush_lend_fields(extra == NULL ? NULL : &extra[i]);
    }
    return RUSH_OK;
}

static rush_error_t *push_new(push_call_t *call, const char *worker_id, const rush_fields_t *xs, const rush_fields_t *extra,
    size_t len, rush_texts_t *keys) {
    rush_worker_tasks_list_new_task_t tasks;
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    RUSH_TRY(new_tasks(xs, extra, len, &tasks));
    bool done = call(&tasks, worker_id, &answer, &error);
    free(tasks.ptr);
    if (!done) return rush_take_error(error);
    rush_give_texts(answer, keys);
    return RUSH_OK;
}

static rush_error_t *one_key(rush_error_t *error, rush_texts_t *keys, rush_text_t *key) {
    RUSH_TRY(error);
    if (keys->len != 1) {
        error = rush_error_of_kind(RUSH_ERROR_INVALID, "the host gave %zu keys for 1 task", keys->len);
        rush_texts_free(keys);
        return error;
    }
    if (key != NULL) {
        *key = keys->items[0];
        keys->items[0] = (rush_text_t){(char *)"", 0};
    }
    rush_texts_free(keys);
    return RUSH_OK;
}

static bool push(rush_worker_tasks_list_new_task_t *tasks, const char *worker_id, rush_bindings_list_string_t *keys,
    rush_worker_types_error_t *error) {
    rush_bindings_string_t worker = rush_lend_text(rush_text(worker_id));
    return rush_worker_tasks_push(tasks, worker_id == NULL ? NULL : &worker, keys, error);
}

static bool push_running(rush_worker_tasks_list_new_task_t *tasks, const char *worker_id, rush_bindings_list_string_t *keys,
    rush_worker_types_error_t *error) {
    (void)worker_id;
    return rush_worker_tasks_push_running(tasks, keys, error);
}

rush_error_t *rush_push(const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys) {
    return push_new(push, NULL, xs, extra, len, keys);
}

rush_error_t *rush_push_to(
    const char *worker_id, const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys) {
    rush_text_t worker = rush_text(worker_id);
    RUSH_TRY(rush_check_texts(&worker, 1, "the worker id"));
    return push_new(push, worker.bytes, xs, extra, len, keys);
}

rush_error_t *rush_push_one(const rush_fields_t *xs, const rush_fields_t *extra, rush_text_t *key) {
    rush_texts_t keys;
    return one_key(rush_push(xs, extra, 1, &keys), &keys, key);
}

rush_error_t *rush_push_running(const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys) {
    return push_new(push_running, NULL, xs, extra, len, keys);
}

rush_error_t *rush_push_running_one(const rush_fields_t *xs, const rush_fields_t *extra, rush_text_t *key) {
    rush_texts_t keys;
    return one_key(rush_push_running(xs, extra, 1, &keys), &keys, key);
}

rush_error_t *rush_push_finished(const rush_fields_t *xs, const rush_fields_t *ys, const rush_fields_t *xs_extra,
    const rush_fields_t *ys_extra, size_t len, rush_texts_t *keys) {
    const rush_fields_t *parts[] = {xs, ys, xs_extra, ys_extra};
    for (size_t i = 0; i < 4; i++) RUSH_TRY(rush_check_fields(parts[i], len));
    rush_worker_tasks_list_finished_task_t tasks = {rush_allocate(len, sizeof *tasks.ptr), len};
    for (size_t i = 0; i < len; i++) {
        tasks.ptr[i].xs = rush_lend_fields(&xs[i]);
        tasks.ptr[i].ys = rush_lend_fields(&ys[i]);
        tasks.ptr[i].xs_extra = rush_lend_fields(xs_extra == NULL ? NULL : &xs_extra[i]);
        tasks.ptr[i].ys_extra = rush_lend_fields(ys_extra == NULL ? NULL : &ys_extra[i]);
    }
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    bool done = rush_worker_tasks_push_finished(&tasks, &answer, &error);
    free(tasks.ptr);
    if (!done) return rush_take_error(error);
    rush_give_texts(answer, keys);
    return RUSH_OK;
}

rush_error_t *rush_push_failed(const rush_fields_t *xs, const rush_fields_t *extra, const rush_condition_t *conditions,
    size_t len, rush_texts_t *keys) {
    RUSH_TRY(rush_check_fields(xs, len));
    RUSH_TRY(rush_check_fields(extra, len));
    RUSH_TRY(rush_check_conditions(conditions, len));
    rush_worker_tasks_list_failed_task_t tasks = {rush_allocate(len, sizeof *tasks.ptr), len};
    for (size_t i = 0; i < len; i++) {
        tasks.ptr[i].xs = rush_lend_fields(&xs[i]);
        tasks.ptr[i].xs_extra = rush_lend_fields(extra == NULL ? NULL : &extra[i]);
        tasks.ptr[i].condition.is_some = conditions != NULL;
        if (conditions != NULL) tasks.ptr[i].condition.val = rush_lend_condition(&conditions[i]);
    }
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    bool done = rush_worker_tasks_push_failed(&tasks, &answer, &error);
    free(tasks.ptr);
    if (!done) return rush_take_error(error);
    rush_give_texts(answer, keys);
    return RUSH_OK;
}
