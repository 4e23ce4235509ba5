/* Looking at tasks. */
#include "internal.h"

rush_error_t *rush_count(rush_counts_t *counts) {
    rush_worker_types_counts_t answer;
    rush_worker_types_error_t error;
    if (!rush_worker_tasks_count(&answer, &error)) return rush_take_error(error);
    *counts = (rush_counts_t){answer.queued, answer.running, answer.finished, answer.failed};
    return RUSH_OK;
}

rush_error_t *rush_keys(const rush_state_t *states, size_t len, rush_texts_t *keys) {
    rush_worker_tasks_list_state_t wanted = {(rush_worker_tasks_state_t *)states, len};
    rush_worker_tasks_list_tuple2_state_list_string_t answer;
    rush_worker_types_error_t error;
    if (!rush_worker_tasks_keys(&wanted, &answer, &error)) return rush_take_error(error);
    if (answer.len != len) {
        rush_error_t *wrong =
            rush_error_of_kind(RUSH_ERROR_INVALID, "the host gave keys of %zu states, not of %zu", answer.len, len);
        rush_worker_tasks_list_tuple2_state_list_string_free(&answer);
        return wrong;
    }
    for (size_t i = 0; i < len; i++) keys[i] = rush_take_texts(answer.ptr[i].f1);
    if (len > 0) free(answer.ptr);
    return RUSH_OK;
}

rush_error_t *rush_has_state(const rush_text_t *keys, size_t len, rush_state_t state, bool *has) {
    RUSH_TRY(rush_check_texts(keys, len, "the key"));
    rush_bindings_list_string_t lent = rush_lend_texts(keys, len);
    rush_bindings_list_bool_t answer;
    rush_worker_types_error_t error;
    if (!rush_worker_tasks_has_state(&lent, state, &answer, &error)) return rush_take_error(error);
    if (answer.len > 0) memcpy(has, answer.ptr, (answer.len < len ? answer.len : len) * sizeof *has);
    rush_bindings_list_bool_free(&answer);
    return RUSH_OK;
}

rush_error_t *rush_wait(const rush_text_t *keys, size_t len, int64_t timeout_ms, bool *done) {
    RUSH_TRY(rush_check_texts(keys, len, "the key"));
    rush_bindings_list_string_t lent = rush_lend_texts(keys, len);
    uint32_t timeout = timeout_ms < 0 || timeout_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)timeout_ms;
    rush_worker_types_error_t error;
    return rush_worker_tasks_wait(&lent, timeout_ms < 0 ? NULL : &timeout, done, &error) ? RUSH_OK : rush_take_error(error);
}

rush_error_t *rush_empty_queue(uint64_t *removed) {
    uint64_t answer;
    rush_worker_types_error_t error;
    if (!rush_worker_tasks_empty_queue(&answer, &error)) return rush_take_error(error);
    if (removed != NULL) *removed = answer;
    return RUSH_OK;
}
