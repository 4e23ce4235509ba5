/* Values out of fields, as the type that a program wants. */
#include "internal.h"

/* The value of a name that has one. */
static rush_error_t *there(const rush_fields_t *fields, const char *name, const rush_value_t **value) {
    const rush_value_t *found = rush_find(fields, name);
    if (found == NULL || found->kind == RUSH_NULL) return rush_error_of_kind(RUSH_ERROR_MISSING, "`%s` is missing", name);
    *value = found;
    return RUSH_OK;
}

static rush_error_t *wrong(const char *name, const char *wanted, const rush_value_t *value) {
    return rush_error_of_kind(RUSH_ERROR_WRONG_TYPE, "`%s`: expected %s, found %s", name, wanted, rush_kind_name(value->kind));
}

/* The bounds are exact: -2^63 is the least integer, 2^63 the first number beyond the greatest. */
static bool whole(double number, int64_t *integer) {
    const double bound = 9223372036854775808.0;
    if (!(number >= -bound && number < bound) || number != (double)(int64_t)number) return false;
    *integer = (int64_t)number;
    return true;
}

rush_error_t *rush_get_boolean(const rush_fields_t *fields, const char *name, bool *value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    if (found->kind != RUSH_BOOLEAN) return wrong(name, "a boolean", found);
    *value = found->as.boolean;
    return RUSH_OK;
}

rush_error_t *rush_get_integer(const rush_fields_t *fields, const char *name, int64_t *value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    if (found->kind == RUSH_INTEGER) *value = found->as.integer;
    else if (found->kind != RUSH_NUMBER || !whole(found->as.number, value)) return wrong(name, "an integer", found);
    return RUSH_OK;
}

rush_error_t *rush_get_number(const rush_fields_t *fields, const char *name, double *value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    if (found->kind == RUSH_NUMBER) *value = found->as.number;
    else if (found->kind == RUSH_INTEGER) *value = (double)found->as.integer;
    else return wrong(name, "a number", found);
    return RUSH_OK;
}

rush_error_t *rush_get_text(const rush_fields_t *fields, const char *name, const rush_text_t **value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    if (found->kind != RUSH_TEXT) return wrong(name, "a text", found);
    *value = &found->as.text;
    return RUSH_OK;
}

rush_error_t *rush_get_bytes(const rush_fields_t *fields, const char *name, const rush_bytes_t **value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    if (found->kind != RUSH_BYTES) return wrong(name, "bytes", found);
    *value = &found->as.bytes;
    return RUSH_OK;
}

rush_error_t *rush_get_texts(const rush_fields_t *fields, const char *name, const rush_texts_t **value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    if (found->kind != RUSH_TEXTS) return wrong(name, "texts", found);
    *value = &found->as.texts;
    return RUSH_OK;
}

rush_error_t *rush_get_json(const rush_fields_t *fields, const char *name, const rush_text_t **value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    if (found->kind != RUSH_JSON) return wrong(name, "JSON", found);
    *value = &found->as.json;
    return RUSH_OK;
}

/* An empty list that a program of another language wrote itself is the JSON `[]`, since it has no type there. */
static bool is_empty_list(const rush_value_t *value) {
    return value->kind == RUSH_JSON && rush_text_is(value->as.json, "[]");
}

rush_error_t *rush_get_integers(const rush_fields_t *fields, const char *name, rush_integers_t *value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    bool numbers = found->kind == RUSH_NUMBERS;
    if (!numbers && found->kind != RUSH_INTEGERS && !is_empty_list(found)) return wrong(name, "integers", found);
    size_t len = numbers ? found->as.numbers.len : found->kind == RUSH_INTEGERS ? found->as.integers.len : 0;
    rush_integers_t integers = {rush_allocate(len, sizeof *integers.items), len};
    for (size_t i = 0; i < len; i++) {
        if (!numbers) {
            integers.items[i] = found->as.integers.items[i];
        } else if (!whole(found->as.numbers.items[i], &integers.items[i])) {
            rush_integers_free(&integers);
            return wrong(name, "integers", found);
        }
    }
    *value = integers;
    return RUSH_OK;
}

rush_error_t *rush_get_numbers(const rush_fields_t *fields, const char *name, rush_numbers_t *value) {
    const rush_value_t *found;
    RUSH_TRY(there(fields, name, &found));
    bool integers = found->kind == RUSH_INTEGERS;
    if (!integers && found->kind != RUSH_NUMBERS && !is_empty_list(found)) return wrong(name, "numbers", found);
    size_t len = integers ? found->as.integers.len : found->kind == RUSH_NUMBERS ? found->as.numbers.len : 0;
    rush_numbers_t numbers = {rush_allocate(len, sizeof *numbers.items), len};
    for (size_t i = 0; i < len; i++)
        numbers.items[i] = integers ? (double)found->as.integers.items[i] : found->as.numbers.items[i];
    *value = numbers;
    return RUSH_OK;
}
