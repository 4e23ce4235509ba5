/* What a command of the conformance suite is given: see tests/e2e/conformance. */
#include <stdlib.h>
#include <string.h>

#include "rush_worker.h"

/* The elements of this prefix, without it. */
static rush_fields_t fields_of(const rush_fields_t *xs, const char *prefix) {
    rush_fields_t fields = {0};
    size_t len = strlen(prefix);
    for (size_t i = 0; i < xs->len; i++) {
        rush_text_t name = xs->items[i].name;
        if (name.len <= len || memcmp(name.bytes, prefix, len) != 0 || name.bytes[len] != '.') continue;
        rush_add(&fields, (rush_text_t){name.bytes + len + 1, name.len - len - 1}, &xs->items[i].value);
    }
    return fields;
}

/* As many copies as tasks are asked for. They share what they hold, since the calls only read it. */
static rush_fields_t *rows(const rush_fields_t *xs, const char *prefix, size_t len) {
    rush_fields_t *lists = calloc(len + 1, sizeof *lists), row = fields_of(xs, prefix);
    for (size_t i = 0; i < len; i++) lists[i] = row;
    return lists;
}

static int64_t integer_of(const rush_fields_t *xs, const char *name, int64_t otherwise) {
    int64_t integer;
    rush_error_t *error = rush_get_integer(xs, name, &integer);
    rush_error_free(error);
    return error == RUSH_OK ? integer : otherwise;
}

static size_t times(const rush_fields_t *xs) {
    return (size_t)integer_of(xs, "n", 1);
}

static rush_text_t text_of(const rush_fields_t *xs, const char *name, const char *otherwise) {
    const rush_value_t *value = rush_find(xs, name);
    return value != NULL && value->kind == RUSH_TEXT ? value->as.text : rush_text(otherwise);
}

static rush_texts_t texts_of(const rush_fields_t *xs, const char *name) {
    const rush_value_t *value = rush_find(xs, name);
    return value != NULL && value->kind == RUSH_TEXTS ? value->as.texts : (rush_texts_t){0};
}

/* The condition for each of so many tasks, if there is one. */
static rush_condition_t *conditions_of(const rush_fields_t *xs, size_t len) {
    if (rush_find(xs, "message") == NULL) return NULL;
    rush_condition_t condition = {text_of(xs, "kind", "error"), text_of(xs, "message", ""), fields_of(xs, "details")};
    rush_condition_t *conditions = calloc(len + 1, sizeof *conditions);
    for (size_t i = 0; i < len; i++) conditions[i] = condition;
    return conditions;
}

static rush_state_t state_of(rush_text_t name) {
    rush_state_t state = RUSH_QUEUED;
    while (state < RUSH_FAILED && !rush_text_is(name, rush_state_name(state))) state++;
    return state;
}

static size_t states_of(const rush_fields_t *xs, rush_state_t *states) {
    rush_texts_t names = texts_of(xs, "states");
    for (size_t i = 0; i < names.len; i++) states[i] = state_of(names.items[i]);
    return names.len;
}

static unsigned parts_of(const rush_fields_t *xs) {
    static const char *const names[] = {"xs", "ys", "xs-extra", "ys-extra", "condition", "worker-id"};
    rush_texts_t wanted = texts_of(xs, "parts");
    unsigned parts = 0;
    for (size_t i = 0; i < wanted.len; i++)
        for (int j = 0; j < 6; j++)
            if (rush_text_is(wanted.items[i], names[j])) parts |= 1U << j;
    return parts;
}

static const char **names_of(const rush_fields_t *xs, size_t *len) {
    rush_texts_t texts = texts_of(xs, "names");
    const char **names = calloc(texts.len + 1, sizeof *names);
    for (size_t i = 0; i < texts.len; i++) names[i] = texts.items[i].bytes;
    *len = texts.len;
    return names;
}
