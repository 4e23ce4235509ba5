/*
 * Makes the calls that queued tasks name, and finishes each with what it saw: the worker loop of the conformance suite in C.
 *
 * What is expected of all languages, and the description of the commands, stands in tests/e2e/conformance.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../literals.h"
#include "../operands.h"

/* ---- Answers ------------------------------------------------------------------------------------------------------------------ */

static void add(rush_fields_t *seen, const char *prefix, rush_text_t name, const rush_value_t *value) {
    size_t len = strlen(prefix);
    rush_text_t full = {malloc(len + name.len + 1), len + name.len};
    memcpy(full.bytes, prefix, len);
    memcpy(full.bytes + len, name.bytes, name.len);
    rush_add(seen, full, value);
    free(full.bytes);
}

static void add_fields(rush_fields_t *seen, const char *prefix, const rush_fields_t *fields) {
    for (size_t i = 0; i < fields->len; i++) add(seen, prefix, fields->items[i].name, &fields->items[i].value);
}

static void add_text(rush_fields_t *seen, const char *prefix, const char *name, rush_text_t text) {
    add(seen, prefix, rush_text(name), &(rush_value_t){.kind = RUSH_TEXT, .as.text = text});
}

static void add_texts(rush_fields_t *seen, const char *name, rush_texts_t texts) {
    add(seen, "", rush_text(name), &(rush_value_t){.kind = RUSH_TEXTS, .as.texts = texts});
}

static void add_booleans(rush_fields_t *seen, const char *name, const bool *items, size_t len) {
    int64_t *integers = calloc(len + 1, sizeof *integers);
    for (size_t i = 0; i < len; i++) integers[i] = items[i];
    rush_add_integers(seen, name, integers, len);
}

static void add_condition(rush_fields_t *seen, const char *prefix, const rush_condition_t *condition) {
    add_text(seen, prefix, "kind", condition->kind);
    add_text(seen, prefix, "message", condition->message);
    add_fields(seen, rush_text_printf("%sdetails.", prefix).bytes, &condition->details);
}

static void add_task(rush_fields_t *seen, const char *prefix, const rush_task_t *task) {
    const rush_fields_t *parts[] = {&task->xs, &task->ys, &task->xs_extra, &task->ys_extra};
    static const char *const names[] = {"xs", "ys", "xs-extra", "ys-extra"};
    add_text(seen, prefix, "key", task->key);
    add_text(seen, prefix, "state", rush_text(rush_state_name(task->state)));
    rush_add_integer(seen, rush_text_printf("%sattempt", prefix).bytes, task->attempt);
    if (task->has_worker_id) add_text(seen, prefix, "worker-id", task->worker_id);
    else rush_add_null(seen, rush_text_printf("%sworker-id", prefix).bytes);
    for (int i = 0; i < 4; i++) add_fields(seen, rush_text_printf("%s%s.", prefix, names[i]).bytes, parts[i]);
    if (task->has_condition) add_condition(seen, prefix, &task->condition);
}

/* ---- Tables ------------------------------------------------------------------------------------------------------------------- */

static rush_error_t *look(rush_table_t *table, const char *what, const char *column, rush_fields_t *seen) {
    size_t len = rush_table_len(table);
    rush_text_t name = rush_text_printf("%s:%s", what, column);
    const bool *booleans;
    if (strcmp(what, "len") == 0) {
        rush_add_integer(seen, "len", (int64_t)len);
    } else if (strcmp(what, "columns") == 0) {
        const rush_column_t *columns = rush_table_columns(table, &len);
        rush_texts_t names = {calloc(len + 1, sizeof(rush_text_t)), len}, kinds = {calloc(len + 1, sizeof(rush_text_t)), len};
        for (size_t i = 0; i < len; i++) {
            names.items[i] = columns[i].name;
            kinds.items[i] = rush_text(rush_column_kind_name(columns[i].kind));
        }
        add_texts(seen, "columns", names);
        add_texts(seen, "kinds", kinds);
    } else if (strcmp(what, "keys") == 0) {
        add_texts(seen, "keys", (rush_texts_t){(rush_text_t *)rush_table_keys(table), len});
    } else if (strcmp(what, "states") == 0) {
        const rush_state_t *states = rush_table_states(table);
        rush_texts_t names = {calloc(len + 1, sizeof(rush_text_t)), len};
        for (size_t i = 0; i < len; i++) names.items[i] = rush_text(rush_state_name(states[i]));
        add_texts(seen, "states", names);
    } else if (strcmp(what, "numbers") == 0) {
        const double *numbers;
        RUSH_TRY(rush_table_numbers(table, column, &numbers));
        rush_add_numbers(seen, name.bytes, numbers, len);
    } else if (strcmp(what, "integers") == 0) {
        const int64_t *integers;
        RUSH_TRY(rush_table_integers(table, column, &integers));
        rush_add_integers(seen, name.bytes, integers, len);
    } else if (strcmp(what, "booleans") == 0) {
        RUSH_TRY(rush_table_booleans(table, column, &booleans));
        add_booleans(seen, name.bytes, booleans, len);
    } else if (strcmp(what, "valid") == 0) {
        RUSH_TRY(rush_table_valid(table, column, &booleans));
        add_booleans(seen, name.bytes, booleans, len);
    } else if (strcmp(what, "texts") == 0) {
        const rush_factor_t *factor;
        RUSH_TRY(rush_table_texts(table, column, &factor));
        int64_t *codes = calloc(len + 1, sizeof *codes);
        for (size_t i = 0; i < len; i++) codes[i] = factor->codes[i];
        add_texts(seen, rush_text_printf("levels:%s", column).bytes, factor->levels);
        rush_add_integers(seen, rush_text_printf("codes:%s", column).bytes, codes, len);
    } else if (strcmp(what, "values") == 0) {
        const rush_value_t *values;
        RUSH_TRY(rush_table_values(table, column, &values));
        for (size_t i = 0; i < len; i++) rush_add(seen, rush_text_printf("values:%s:%zu", column, i), &values[i]);
    } else if (strcmp(what, "rows") == 0) {
        char *second;
        uint32_t start = (uint32_t)strtoul(column, &second, 10);
        rush_tasks_t tasks = rush_table_rows(table, start, (uint32_t)strtoul(second + 1, NULL, 10));
        for (size_t i = 0; i < tasks.len; i++) add_task(seen, rush_text_printf("row:%zu:", i).bytes, &tasks.items[i]);
        rush_tasks_free(&tasks);
    } else if (strcmp(what, "json") == 0) {
        add_text(seen, "", "json", rush_table_json(table));
    }
    return RUSH_OK;
}

static rush_error_t *looks(rush_error_t *fetched, rush_table_t **table, const rush_fields_t *xs, rush_fields_t *seen) {
    RUSH_TRY(fetched);
    rush_texts_t wanted = texts_of(xs, "look");
    rush_error_t *error = RUSH_OK;
    for (size_t i = 0; error == RUSH_OK && i < wanted.len; i++) {
        char *colon = strchr(wanted.items[i].bytes, ':');
        if (colon != NULL) *colon = '\0';
        error = look(*table, wanted.items[i].bytes, colon == NULL ? "" : colon + 1, seen);
    }
    rush_table_free(*table);
    return error;
}

/* ---- Calls -------------------------------------------------------------------------------------------------------------------- */

static rush_error_t *creating(const char *call, const rush_fields_t *xs, rush_fields_t *seen) {
    size_t n = times(xs);
    rush_fields_t *points = rows(xs, "xs", n), *extra = rows(xs, "xs-extra", n);
    rush_texts_t keys;
    if (strcmp(call, "push-running") == 0) RUSH_TRY(rush_push_running(points, extra, n, &keys));
    else if (strcmp(call, "push-finished") == 0)
        RUSH_TRY(rush_push_finished(points, rows(xs, "ys", n), extra, rows(xs, "ys-extra", n), n, &keys));
    else if (strcmp(call, "push-failed") == 0) RUSH_TRY(rush_push_failed(points, extra, conditions_of(xs, n), n, &keys));
    else if (rush_find(xs, "worker") == NULL) RUSH_TRY(rush_push(points, extra, n, &keys));
    else RUSH_TRY(rush_push_to(text_of(xs, "worker", "").bytes, points, extra, n, &keys));
    add_texts(seen, "keys", keys);
    return RUSH_OK;
}

static rush_error_t *pop(const rush_fields_t *xs, rush_fields_t *seen) {
    rush_task_t task;
    bool found;
    RUSH_TRY(rush_pop((uint32_t)integer_of(xs, "timeout", 0), &task, &found));
    rush_add_boolean(seen, "found", found);
    if (found) add_task(seen, "", &task);
    return RUSH_OK;
}

static rush_error_t *ending(const char *call, const rush_fields_t *xs, rush_fields_t *seen) {
    rush_texts_t keys = texts_of(xs, "keys"), answer;
    rush_fields_t *ys = rows(xs, "ys", keys.len), *extra = rows(xs, "ys-extra", keys.len);
    if (strcmp(call, "finish") == 0) RUSH_TRY(rush_finish(keys.items, ys, extra, keys.len, &answer));
    else if (strcmp(call, "fail") == 0) RUSH_TRY(rush_fail(keys.items, conditions_of(xs, keys.len), keys.len, &answer));
    else {
        size_t n = times(xs);
        RUSH_TRY(rush_finish_and_push_running(
            keys.items, ys, extra, keys.len, rows(xs, "xs", n), rows(xs, "xs-extra", n), n, &answer));
        add_texts(seen, "keys", answer);
        return RUSH_OK;
    }
    add_texts(seen, "refused", answer);
    return RUSH_OK;
}

static rush_error_t *looking(const char *call, const rush_fields_t *xs, rush_fields_t *seen) {
    rush_texts_t keys = texts_of(xs, "keys");
    rush_state_t states[8];
    if (strcmp(call, "count") == 0) {
        rush_counts_t counts;
        RUSH_TRY(rush_count(&counts));
        rush_add_integer(seen, "queued", (int64_t)counts.queued);
        rush_add_integer(seen, "running", (int64_t)counts.running);
        rush_add_integer(seen, "finished", (int64_t)counts.finished);
        rush_add_integer(seen, "failed", (int64_t)counts.failed);
    } else if (strcmp(call, "keys") == 0) {
        rush_texts_t lists[8];
        size_t len = states_of(xs, states);
        RUSH_TRY(rush_keys(states, len, lists));
        for (size_t i = 0; i < len; i++) add_texts(seen, rush_state_name(states[i]), lists[i]);
    } else if (strcmp(call, "has-state") == 0) {
        bool *has = calloc(keys.len + 1, sizeof *has);
        RUSH_TRY(rush_has_state(keys.items, keys.len, state_of(text_of(xs, "state", "")), has));
        add_booleans(seen, "has", has, keys.len);
    } else if (strcmp(call, "wait") == 0) {
        bool done;
        RUSH_TRY(rush_wait(keys.items, keys.len, integer_of(xs, "timeout", RUSH_NO_TIMEOUT), &done));
        rush_add_boolean(seen, "done", done);
    } else {
        uint64_t removed;
        RUSH_TRY(rush_empty_queue(&removed));
        rush_add_integer(seen, "n", (int64_t)removed);
    }
    return RUSH_OK;
}

static rush_error_t *write_hashes(const rush_fields_t *xs, rush_fields_t *seen) {
    rush_texts_t names = texts_of(xs, "names"), keys;
    rush_fields_t value = fields_of(xs, "xs");
    size_t n = times(xs);
    rush_entry_t *entries = calloc(names.len + 1, sizeof *entries);
    rush_entries_t *hashes = calloc(n + 1, sizeof *hashes);
    for (size_t i = 0; i < names.len; i++) entries[i] = (rush_entry_t){names.items[i], value};
    for (size_t i = 0; i < n; i++) hashes[i] = (rush_entries_t){true, entries, names.len};
    RUSH_TRY(rush_write_hashes(hashes, n, &keys));
    add_texts(seen, "keys", keys);
    return RUSH_OK;
}

static rush_error_t *read_hashes(const rush_fields_t *xs, rush_fields_t *seen) {
    rush_texts_t keys = texts_of(xs, "keys");
    size_t names_len;
    const char **names = names_of(xs, &names_len);
    rush_entries_t *hashes = calloc(keys.len + 1, sizeof *hashes);
    bool *found = calloc(keys.len + 1, sizeof *found);
    RUSH_TRY(rush_read_hashes(keys.items, keys.len, names, names_len, hashes));
    for (size_t i = 0; i < keys.len; i++) found[i] = hashes[i].found;
    add_booleans(seen, "found", found, keys.len);
    for (size_t i = 0; i < keys.len; i++)
        for (size_t j = 0; j < hashes[i].len; j++)
            add_fields(seen, rush_text_printf("%zu:%s:", i, hashes[i].items[j].name.bytes).bytes, &hashes[i].items[j].fields);
    return RUSH_OK;
}

static rush_error_t *about(const char *call, const rush_fields_t *xs, rush_fields_t *seen) {
    if (strcmp(call, "worker") == 0) {
        rush_texts_t ids;
        RUSH_TRY(rush_running_workers(&ids));
        rush_add_text(seen, "id", rush_id());
        rush_add_text(seen, "network-id", rush_network_id());
        rush_add_boolean(seen, "terminated", rush_terminated());
        add_texts(seen, "running-workers", ids);
    } else {
        rush_add_json(seen, "args", rush_args_text().bytes);
        rush_add_text(seen, "seed", rush_text_printf("%llu", (unsigned long long)rush_seed()).bytes);
        add_data(seen, texts_of(xs, "names"));
    }
    return RUSH_OK;
}

static rush_error_t *evaluate(const rush_fields_t *xs, rush_fields_t *seen) {
    rush_fields_t point = fields_of(xs, "xs"), ys;
    rush_error_t *error = rush_evaluate(&point, &ys);
    if (error == RUSH_OK) add_fields(seen, "ys.", &ys);
    else if (error->kind == RUSH_ERROR_CONDITION) add_condition(seen, "", error->condition);
    else return error;
    return RUSH_OK;
}

static void draw(const rush_fields_t *xs, rush_fields_t *seen) {
    static const char *const choices[] = {"a", "b", "c"};
    size_t n = times(xs);
    double *uniform = calloc(n + 1, sizeof *uniform);
    int64_t *integer = calloc(n + 1, sizeof *integer), *huge = calloc(n + 1, sizeof *huge);
    const char **choice = calloc(n + 1, sizeof *choice);
    rush_rng_t rng = rush_rng_seeded(rush_seed());
    for (size_t i = 0; i < n; i++) uniform[i] = rush_uniform(&rng, -5, 10);
    for (size_t i = 0; i < n; i++) integer[i] = rush_integer(&rng, -3, 17);
    for (size_t i = 0; i < n; i++) huge[i] = rush_integer(&rng, INT64_MIN, INT64_MAX);
    for (size_t i = 0; i < n; i++) choice[i] = choices[rush_choice(&rng, 3)];
    rush_add_numbers(seen, "uniform", uniform, n);
    rush_add_integers(seen, "integer", integer, n);
    rush_add_integers(seen, "huge", huge, n);
    rush_add_texts(seen, "choice", choice, n);
}

/* ---- The loop ----------------------------------------------------------------------------------------------------------------- */

static bool one_of(const char *call, const char *calls) {
    const char *found = strstr(calls, call);
    size_t len = strlen(call);
    return found != NULL && (found == calls || found[-1] == ' ') && (found[len] == ' ' || found[len] == '\0');
}

static rush_error_t *perform(const char *call, const rush_fields_t *xs, rush_fields_t *seen) {
    rush_table_t *table;
    rush_state_t states[8];
    rush_fields_t echoed;
    if (one_of(call, "push push-running push-finished push-failed")) return creating(call, xs, seen);
    if (one_of(call, "finish fail finish-and-push-running")) return ending(call, xs, seen);
    if (one_of(call, "count keys has-state wait empty-queue")) return looking(call, xs, seen);
    if (one_of(call, "worker context")) return about(call, xs, seen);
    if (one_of(call, "pop")) return pop(xs, seen);
    if (one_of(call, "write-hashes")) return write_hashes(xs, seen);
    if (one_of(call, "read-hashes")) return read_hashes(xs, seen);
    if (one_of(call, "evaluate")) return evaluate(xs, seen);
    if (one_of(call, "fetch")) {
        size_t len = states_of(xs, states);
        return looks(rush_fetch(states, len, parts_of(xs), &table), &table, xs, seen);
    }
    if (one_of(call, "fetch-new"))
        return looks(rush_fetch_new(parts_of(xs), (uint32_t)integer_of(xs, "timeout", 0), &table), &table, xs, seen);
    if (one_of(call, "echo")) {
        echoed = fields_of(xs, "xs");
        add_fields(seen, "xs.", &echoed);
    } else if (one_of(call, "literals")) {
        echoed = literals();
        add_fields(seen, "xs.", &echoed);
    } else if (one_of(call, "random")) draw(xs, seen);
    else if (one_of(call, "reset-cache")) rush_reset_cache();
    else if (one_of(call, "log")) say(xs);
    else return rush_error("there is no call `%s`", call);
    return RUSH_OK;
}

static rush_error_t *end(const rush_fields_t *xs) {
    rush_text_t how = text_of(xs, "how", "return"), message = text_of(xs, "message", "");
    if (rush_text_is(how, "error")) return rush_error("%s", message.bytes);
    if (rush_text_is(how, "trap")) {
        rush_log_text(RUSH_ERROR, rush_text("panic"), message);
        abort();
    }
    return RUSH_OK;
}

/* Works on commands until the loop is told to end. What a command leaves behind in memory is not freed: it is not many commands. */
static rush_error_t *performs_commands(void) {
    while (!rush_terminated()) {
        rush_task_t task;
        bool found;
        RUSH_TRY(rush_pop(1000, &task, &found));
        if (!found) continue;
        const rush_text_t *call;
        RUSH_TRY(rush_get_text(&task.xs, "call", &call));
        if (rush_text_is(*call, "end")) return end(&task.xs);
        rush_fields_t seen = {0};
        rush_error_t *error = perform(call->bytes, &task.xs, &seen);
        if (error != RUSH_OK) {
            if (error->kind > RUSH_ERROR_DENIED) return error;
            rush_fields_free(&seen);
            rush_add_text(&seen, "error", rush_error_name(error->kind));
            add_text(&seen, "", "message", error->message);
            if (error->kind == RUSH_ERROR_BUDGET_EXHAUSTED) rush_add_integer(&seen, "room", (int64_t)error->remaining);
            rush_error_free(error);
        }
        RUSH_TRY(rush_finish_one(task.key, &seen, NULL, NULL));
        rush_fields_free(&seen);
        rush_task_free(&task);
    }
    return RUSH_OK;
}

RUSH_LOOP(performs_commands)
