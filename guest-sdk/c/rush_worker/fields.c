/* Lists of named values: filled, searched, copied, freed. */
#include "internal.h"

void rush_add(rush_fields_t *fields, rush_text_t name, const rush_value_t *value) {
    /* Copied first: both may be of this list, which is about to move. */
    rush_field_t field = {rush_text_copy(name), rush_value_copy(value)};
    if (fields->len == fields->capacity) {
        fields->capacity = fields->capacity == 0 ? 4 : 2 * fields->capacity;
        fields->items = rush_grow(fields->items, fields->capacity, sizeof *fields->items);
    }
    fields->items[fields->len++] = field;
}

void rush_add_all(rush_fields_t *fields, const rush_fields_t *others) {
    for (size_t i = 0, len = others->len; i < len; i++) rush_add(fields, others->items[i].name, &others->items[i].value);
}

void rush_add_null(rush_fields_t *fields, const char *name) {
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_NULL});
}

void rush_add_boolean(rush_fields_t *fields, const char *name, bool value) {
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_BOOLEAN, .as.boolean = value});
}

void rush_add_integer(rush_fields_t *fields, const char *name, int64_t value) {
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_INTEGER, .as.integer = value});
}

void rush_add_number(rush_fields_t *fields, const char *name, double value) {
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_NUMBER, .as.number = value});
}

void rush_add_text(rush_fields_t *fields, const char *name, const char *value) {
    if (value == NULL) rush_add_null(fields, name);
    else rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_TEXT, .as.text = rush_text(value)});
}

void rush_add_json(rush_fields_t *fields, const char *name, const char *json) {
    if (json == NULL) rush_add_null(fields, name);
    else rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_JSON, .as.json = rush_text(json)});
}

void rush_add_bytes(rush_fields_t *fields, const char *name, const void *bytes, size_t len) {
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_BYTES, .as.bytes = {(uint8_t *)bytes, len}});
}

void rush_add_integers(rush_fields_t *fields, const char *name, const int64_t *items, size_t len) {
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_INTEGERS, .as.integers = {(int64_t *)items, len}});
}

void rush_add_numbers(rush_fields_t *fields, const char *name, const double *items, size_t len) {
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_NUMBERS, .as.numbers = {(double *)items, len}});
}

void rush_add_texts(rush_fields_t *fields, const char *name, const char *const *items, size_t len) {
    rush_text_t *texts = rush_allocate(len, sizeof *texts);
    for (size_t i = 0; i < len; i++) texts[i] = rush_text(items[i]);
    rush_add(fields, rush_text(name), &(rush_value_t){.kind = RUSH_TEXTS, .as.texts = {texts, len}});
    free(texts);
}

const rush_value_t *rush_find_text(const rush_fields_t *fields, rush_text_t name) {
    for (size_t i = 0; i < fields->len; i++)
        if (rush_text_equal(fields->items[i].name, name)) return &fields->items[i].value;
    return NULL;
}

const rush_value_t *rush_find(const rush_fields_t *fields, const char *name) {
    return rush_find_text(fields, rush_text(name));
}

rush_fields_t rush_fields_copy(const rush_fields_t *fields) {
    rush_fields_t copy = {0};
    rush_add_all(&copy, fields);
    return copy;
}

void rush_fields_clear(rush_fields_t *fields) {
    for (size_t i = 0; i < fields->len; i++) {
        rush_text_free(&fields->items[i].name);
        rush_value_free(&fields->items[i].value);
    }
    fields->len = 0;
}

void rush_fields_free(rush_fields_t *fields) {
    rush_fields_clear(fields);
    free(fields->items);
    *fields = (rush_fields_t){NULL, 0, 0};
}
