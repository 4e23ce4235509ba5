/* Between the types of this library and those of the generated bindings. */
#include "internal.h"

rush_bindings_string_t rush_lend_text(rush_text_t text) {
    return (rush_bindings_string_t){(uint8_t *)text.bytes, text.len};
}

rush_worker_types_fields_t rush_lend_fields(const rush_fields_t *fields) {
    if (fields == NULL) return (rush_worker_types_fields_t){NULL, 0};
    return (rush_worker_types_fields_t){(rush_worker_types_field_t *)fields->items, fields->len};
}

rush_worker_types_condition_t rush_lend_condition(const rush_condition_t *condition) {
    rush_text_t kind = condition->kind.len == 0 ? rush_text("error") : condition->kind;
    return (rush_worker_types_condition_t){
        rush_lend_text(kind), rush_lend_text(condition->message), rush_lend_fields(&condition->details)};
}

rush_bindings_list_string_t rush_lend_texts(const rush_text_t *items, size_t len) {
    return (rush_bindings_list_string_t){(rush_bindings_string_t *)items, len};
}

rush_text_t rush_take_text(rush_bindings_string_t text) {
    return (rush_text_t){(char *)text.ptr, text.len};
}

rush_texts_t rush_take_texts(rush_bindings_list_string_t texts) {
    return (rush_texts_t){(rush_text_t *)texts.ptr, texts.len};
}

rush_fields_t rush_take_fields(rush_worker_types_fields_t fields) {
    /* A list of length 0 owns nothing, so that it must not be grown. */
    if (fields.len == 0) return (rush_fields_t){NULL, 0, 0};
    return (rush_fields_t){(rush_field_t *)fields.ptr, fields.len, fields.len};
}

rush_condition_t rush_take_condition(rush_worker_types_condition_t condition) {
    return (rush_condition_t){
        rush_take_text(condition.kind), rush_take_text(condition.message), rush_take_fields(condition.details)};
}

rush_task_t rush_take_task(rush_worker_types_task_t task) {
    rush_task_t taken = {
        .key = rush_take_text(task.key),
        .state = task.state,
        .xs = rush_take_fields(task.xs),
        .ys = rush_take_fields(task.ys),
        .xs_extra = rush_take_fields(task.xs_extra),
        .ys_extra = rush_take_fields(task.ys_extra),
        .has_condition = task.condition.is_some,
        .has_worker_id = task.worker_id.is_some,
        .attempt = task.attempt,
    };
    if (task.condition.is_some) taken.condition = rush_take_condition(task.condition.val);
    if (task.worker_id.is_some) taken.worker_id = rush_take_text(task.worker_id.val);
    return taken;
}

rush_error_t *rush_take_error(rush_worker_types_error_t error) {
    rush_error_kind_t kind = (rush_error_kind_t)error.tag;
    if (kind == RUSH_ERROR_BUDGET_EXHAUSTED) {
        uint64_t remaining = error.val.budget_exhausted;
        rush_error_t *ours =
            rush_error_of_kind(kind, "the budget of this run allows %llu more tasks", (unsigned long long)remaining);
        ours->remaining = remaining;
        return ours;
    }
    rush_error_t *ours = rush_allocate(1, sizeof *ours);
    ours->kind = kind;
    /* All other cases are one text. */
    ours->message = rush_take_text(error.val.invalid);
    return ours;
}

void rush_give_texts(rush_bindings_list_string_t texts, rush_texts_t *wanted) {
    rush_texts_t taken = rush_take_texts(texts);
    if (wanted != NULL) *wanted = taken;
    else rush_texts_free(&taken);
}
