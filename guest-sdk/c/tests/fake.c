/*
 * A host in memory, in place of the generated bindings: what the library calls, with answers that the tests set. Everything that it
 * gives is allocated as the real one's is (cabi_realloc), so that a sanitizer sees what is not freed, and what is freed twice. What
 * the tests do not call is not here (the linker drops it from the library): all of it is called in tests/e2e/conformance, with the
 * real host.
 */
#include "fake.h"

fake_t fake;

void *cabi_realloc(void *memory, size_t old_size, size_t align, size_t new_size);

static void *given(size_t len, size_t size) {
    return cabi_realloc(NULL, 0, 8, len * size);
}

rush_bindings_string_t fake_string(const char *text) {
    rush_bindings_string_t string = {given(strlen(text), 1), strlen(text)};
    memcpy(string.ptr, text, string.len);
    return string;
}

static rush_bindings_list_string_t strings(const char *text, size_t len) {
    rush_bindings_list_string_t list = {given(len, sizeof(rush_bindings_string_t)), len};
    for (size_t i = 0; i < len; i++) list.ptr[i] = fake_string(text);
    return list;
}

static rush_worker_types_fields_t fields_given(const rush_worker_types_fields_t *fields) {
    rush_worker_types_fields_t list = {given(fields->len, sizeof *list.ptr), fields->len};
    for (size_t i = 0; i < fields->len; i++) {
        rush_value_t value = rush_value_copy((const rush_value_t *)&fields->ptr[i].value);
        rush_text_t name = rush_text_copy((rush_text_t){(char *)fields->ptr[i].name.ptr, fields->ptr[i].name.len});
        list.ptr[i].name = (rush_bindings_string_t){(uint8_t *)name.bytes, name.len};
        memcpy(&list.ptr[i].value, &value, sizeof value);
    }
    return list;
}

/* Refuses as often as the tests say. */
static bool refused(rush_worker_types_error_t *error) {
    fake.calls++;
    if (fake.refusals == 0) return false;
    fake.refusals--;
    error->tag = fake.refusal;
    if (fake.refusal == RUSH_WORKER_TYPES_ERROR_BUDGET_EXHAUSTED) error->val.budget_exhausted = fake.remaining;
    else error->val.invalid = fake_string("refused");
    return true;
}

bool rush_worker_tasks_push(rush_worker_tasks_list_new_task_t *tasks, rush_bindings_string_t *worker, rush_bindings_list_string_t *ret,
    rush_worker_types_error_t *error) {
    (void)worker;
    if (refused(error)) return false;
    *ret = strings("key", tasks->len);
    return true;
}

bool rush_worker_tasks_push_running(
    rush_worker_tasks_list_new_task_t *tasks, rush_bindings_list_string_t *ret, rush_worker_types_error_t *error) {
    if (refused(error)) return false;
    fake.pushed = tasks->len;
    *ret = strings("key", tasks->len);
    return true;
}

bool rush_worker_tasks_finish(
    rush_worker_tasks_list_outcome_t *outcomes, rush_bindings_list_string_t *ret, rush_worker_types_error_t *error) {
    if (refused(error)) return false;
    fake.finished += outcomes->len;
    *ret = strings("key", 0);
    return true;
}

bool rush_worker_tasks_fail(
    rush_worker_tasks_list_failure_t *failures, rush_bindings_list_string_t *ret, rush_worker_types_error_t *error) {
    if (refused(error)) return false;
    fake.failed += failures->len;
    rush_bindings_string_t message = failures->ptr[0].condition.val.message;
    if (failures->ptr[0].condition.is_some)
        snprintf(fake.condition, sizeof fake.condition, "%.*s", (int)message.len, (char *)message.ptr);
    *ret = strings("key", 0);
    return true;
}

bool rush_worker_tasks_count(rush_worker_types_counts_t *ret, rush_worker_types_error_t *error) {
    (void)error;
    *ret = (rush_worker_types_counts_t){0, fake.running, 0, 0};
    return true;
}

bool rush_worker_evaluator_evaluate(
    rush_worker_types_fields_t *xs, rush_worker_types_fields_t *ret, rush_worker_types_condition_t *condition) {
    if (fake.evaluation_fails) {
        *condition = (rush_worker_types_condition_t){fake_string("trap"), fake_string("it trapped"), {(void *)8, 0}};
        return false;
    }
    *ret = fields_given(xs);
    return true;
}

void rush_worker_context_args(rush_bindings_string_t *ret) {
    *ret = fake_string(fake.args);
}

bool rush_worker_context_data(rush_bindings_string_t *name, rush_bindings_list_u8_t *ret) {
    (void)name, (void)ret;
    return false;
}

uint64_t rush_worker_context_seed(void) {
    return 42;
}

bool rush_worker_worker_terminated(void) {
    return fake.terminated;
}

void rush_worker_worker_id(rush_bindings_string_t *ret) {
    *ret = fake_string("worker");
}

void rush_worker_worker_network_id(rush_bindings_string_t *ret) {
    *ret = fake_string("network");
}

void rush_worker_log_log(rush_worker_log_level_t level, rush_bindings_string_t *logger, rush_bindings_string_t *message) {
    (void)level, (void)logger;
    snprintf(fake.logged, sizeof fake.logged, "%.*s", (int)message->len, (char *)message->ptr);
}

/* A table of two rows. */
uint32_t rush_worker_tasks_method_table_len(rush_worker_tasks_borrow_table_t self) {
    (void)self;
    return 2;
}

rush_worker_tasks_borrow_table_t rush_worker_tasks_borrow_table(rush_worker_tasks_own_table_t handle) {
    return (rush_worker_tasks_borrow_table_t){handle.__handle};
}

void rush_worker_tasks_table_drop_own(rush_worker_tasks_own_table_t handle) {
    (void)handle;
    fake.dropped++;
}

bool rush_worker_tasks_fetch(rush_worker_tasks_list_state_t *states, rush_worker_tasks_parts_t parts,
    rush_worker_tasks_own_table_t *ret, rush_worker_types_error_t *error) {
    (void)states, (void)parts;
    if (refused(error)) return false;
    *ret = (rush_worker_tasks_own_table_t){7};
    return true;
}

bool rush_worker_tasks_method_table_numbers(rush_worker_tasks_borrow_table_t self, rush_bindings_string_t *name,
    rush_bindings_list_f64_t *ret, rush_worker_types_error_t *error) {
    (void)self, (void)name;
    if (refused(error)) return false;
    *ret = (rush_bindings_list_f64_t){given(2, sizeof(double)), 2};
    ret->ptr[0] = 1.5, ret->ptr[1] = 2.5;
    return true;
}

bool rush_worker_tasks_method_table_texts(rush_worker_tasks_borrow_table_t self, rush_bindings_string_t *name,
    rush_worker_tasks_factor_t *ret, rush_worker_types_error_t *error) {
    (void)self, (void)name;
    if (refused(error)) return false;
    *ret = (rush_worker_tasks_factor_t){strings("level", 1), {given(2, sizeof(int32_t)), 2}};
    ret->codes.ptr[0] = 0, ret->codes.ptr[1] = -1;
    return true;
}

void rush_worker_tasks_method_table_keys(rush_worker_tasks_borrow_table_t self, rush_bindings_list_string_t *ret) {
    (void)self;
    *ret = strings("key", 2);
}
