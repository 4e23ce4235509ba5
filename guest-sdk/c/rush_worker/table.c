/* Tables: handles of the host, and the columns that were asked for. */
#include "internal.h"

/* The lists that a table has given away, to be freed with it, and to be given again. */
typedef enum { COLUMNS, KEYS, STATES, NUMBERS, INTEGERS, BOOLEANS, TEXTS, VALUES, VALID } what_t;

typedef struct kept {
    struct kept *next;
    what_t what;
    rush_text_t name;
    void *items;
    size_t len;
    rush_factor_t factor;
    size_t codes_len;
} kept_t;

struct rush_table {
    rush_worker_tasks_own_table_t handle;
    size_t len;
    kept_t *kept;
};

static rush_worker_tasks_borrow_table_t borrow(const rush_table_t *table) {
    return rush_worker_tasks_borrow_table(table->handle);
}

static rush_error_t *new_table(bool done, rush_worker_tasks_own_table_t handle, rush_worker_types_error_t error, rush_table_t **table) {
    if (!done) return rush_take_error(error);
    rush_table_t *made = rush_allocate(1, sizeof *made);
    made->handle = handle;
    made->len = rush_worker_tasks_method_table_len(borrow(made));
    *table = made;
    return RUSH_OK;
}

rush_error_t *rush_fetch(const rush_state_t *states, size_t len, unsigned parts, rush_table_t **table) {
    rush_worker_tasks_list_state_t wanted = {(rush_worker_tasks_state_t *)states, len};
    rush_worker_tasks_own_table_t handle = {0};
    rush_worker_types_error_t error = {0};
    bool done = rush_worker_tasks_fetch(&wanted, (rush_worker_tasks_parts_t)parts, &handle, &error);
    return new_table(done, handle, error, table);
}

rush_error_t *rush_fetch_new(unsigned parts, uint32_t timeout_ms, rush_table_t **table) {
    rush_worker_tasks_own_table_t handle = {0};
    rush_worker_types_error_t error = {0};
    bool done = rush_worker_tasks_fetch_new((rush_worker_tasks_parts_t)parts, timeout_ms, &handle, &error);
    return new_table(done, handle, error, table);
}

void rush_reset_cache(void) {
    rush_worker_tasks_reset_cache();
}

static void free_items(kept_t *kept) {
    for (size_t i = 0; i < kept->len; i++) {
        if (kept->what == COLUMNS) rush_text_free(&((rush_column_t *)kept->items)[i].name);
        if (kept->what == KEYS) rush_text_free(&((rush_text_t *)kept->items)[i]);
        if (kept->what == VALUES) rush_value_free(&((rush_value_t *)kept->items)[i]);
    }
    if (kept->len > 0) free(kept->items);
    rush_texts_free(&kept->factor.levels);
    if (kept->codes_len > 0) free((void *)kept->factor.codes);
}

void rush_table_free(rush_table_t *table) {
    if (table == NULL) return;
    for (kept_t *kept = table->kept; kept != NULL;) {
        kept_t *next = kept->next;
        free_items(kept);
        rush_text_free(&kept->name);
        free(kept);
        kept = next;
    }
    rush_worker_tasks_table_drop_own(table->handle);
    free(table);
}

size_t rush_table_len(const rush_table_t *table) {
    return table->len;
}

const char *rush_column_kind_name(rush_column_kind_t kind) {
    static const char *const names[] = {"number", "integer", "boolean", "text", "mixed"};
    return (size_t)kind < 5 ? names[kind] : "unknown";
}

static kept_t *find(const rush_table_t *table, what_t what, const char *name) {
    for (kept_t *kept = table->kept; kept != NULL; kept = kept->next)
        if (kept->what == what && rush_text_is(kept->name, name)) return kept;
    return NULL;
}

static kept_t *keep(rush_table_t *table, what_t what, const char *name, void *items, size_t len) {
    kept_t *kept = rush_allocate(1, sizeof *kept);
    *kept = (kept_t){.next = table->kept, .what = what, .name = rush_text_copy(rush_text(name)), .items = items, .len = len};
    return table->kept = kept;
}

const rush_column_t *rush_table_columns(rush_table_t *table, size_t *len) {
    kept_t *kept = find(table, COLUMNS, "");
    if (kept == NULL) {
        rush_worker_tasks_list_tuple2_string_kind_t answer;
        rush_worker_tasks_method_table_columns(borrow(table), &answer);
        rush_column_t *columns = rush_allocate(answer.len, sizeof *columns);
        for (size_t i = 0; i < answer.len; i++) columns[i] = (rush_column_t){rush_take_text(answer.ptr[i].f0), answer.ptr[i].f1};
        if (answer.len > 0) free(answer.ptr);
        kept = keep(table, COLUMNS, "", columns, answer.len);
    }
    *len = kept->len;
    return kept->items;
}

const rush_text_t *rush_table_keys(rush_table_t *table) {
    kept_t *kept = find(table, KEYS, "");
    if (kept == NULL) {
        rush_bindings_list_string_t answer;
        rush_worker_tasks_method_table_keys(borrow(table), &answer);
        kept = keep(table, KEYS, "", answer.ptr, answer.len);
    }
    return kept->items;
}

const rush_state_t *rush_table_states(rush_table_t *table) {
    kept_t *kept = find(table, STATES, "");
    if (kept == NULL) {
        rush_worker_tasks_list_state_t answer;
        rush_worker_tasks_method_table_states(borrow(table), &answer);
        kept = keep(table, STATES, "", answer.ptr, answer.len);
    }
    return kept->items;
}

/* A column, asked of the host once. The calls differ in nothing but the type of what they give. */
#define COLUMN(what, list_t, call)                                                                                              \
    kept_t *kept = find(table, what, name);                                                                                     \
    if (kept == NULL) {                                                                                                         \
        rush_text_t text = rush_text(name);                                                                                     \
        RUSH_TRY(rush_check_texts(&text, 1, "the name of a column"));                                                           \
        rush_bindings_string_t lent = rush_lend_text(text);                                                                     \
        rush_worker_types_error_t error;                                                                                        \
        list_t answer;                                                                                                          \
        if (!call(borrow(table), &lent, &answer, &error)) return rush_take_error(error);                                        \
        kept = keep(table, what, name, answer.ptr, answer.len);                                                                 \
    }

rush_error_t *rush_table_numbers(rush_table_t *table, const char *name, const double **numbers) {
    COLUMN(NUMBERS, rush_bindings_list_f64_t, rush_worker_tasks_method_table_numbers)
    *numbers = kept->items;
    return RUSH_OK;
}

rush_error_t *rush_table_integers(rush_table_t *table, const char *name, const int64_t **integers) {
    COLUMN(INTEGERS, rush_bindings_list_s64_t, rush_worker_tasks_method_table_integers)
    *integers = kept->items;
    return RUSH_OK;
}

rush_error_t *rush_table_booleans(rush_table_t *table, const char *name, const bool **booleans) {
    COLUMN(BOOLEANS, rush_bindings_list_bool_t, rush_worker_tasks_method_table_booleans)
    *booleans = kept->items;
    return RUSH_OK;
}

rush_error_t *rush_table_values(rush_table_t *table, const char *name, const rush_value_t **values) {
    COLUMN(VALUES, rush_worker_tasks_list_value_t, rush_worker_tasks_method_table_values)
    *values = kept->items;
    return RUSH_OK;
}

rush_error_t *rush_table_valid(rush_table_t *table, const char *name, const bool **valid) {
    COLUMN(VALID, rush_bindings_list_bool_t, rush_worker_tasks_method_table_valid)
    *valid = kept->items;
    return RUSH_OK;
}

rush_error_t *rush_table_texts(rush_table_t *table, const char *name, const rush_factor_t **texts) {
    kept_t *kept = find(table, TEXTS, name);
    if (kept == NULL) {
        rush_text_t text = rush_text(name);
        RUSH_TRY(rush_check_texts(&text, 1, "the name of a column"));
        rush_bindings_string_t lent = rush_lend_text(text);
        rush_worker_types_error_t error;
        rush_worker_tasks_factor_t answer;
        if (!rush_worker_tasks_method_table_texts(borrow(table), &lent, &answer, &error)) return rush_take_error(error);
        kept = keep(table, TEXTS, name, NULL, 0);
        kept->factor = (rush_factor_t){rush_take_texts(answer.levels), answer.codes.ptr};
        kept->codes_len = answer.codes.len;
    }
    *texts = &kept->factor;
    return RUSH_OK;
}

rush_tasks_t rush_table_rows(rush_table_t *table, uint32_t start, uint32_t len) {
    rush_worker_tasks_list_task_t answer;
    rush_worker_tasks_method_table_rows(borrow(table), start, len, &answer);
    rush_tasks_t tasks = {rush_allocate(answer.len, sizeof *tasks.items), answer.len};
    for (size_t i = 0; i < answer.len; i++) tasks.items[i] = rush_take_task(answer.ptr[i]);
    if (answer.len > 0) free(answer.ptr);
    return tasks;
}

rush_text_t rush_table_json(rush_table_t *table) {
    rush_bindings_string_t answer;
    rush_worker_tasks_method_table_json(borrow(table), &answer);
    return rush_take_text(answer);
}
