/* What is where in JSON, as the type that a program wants. */
#include "internal.h"

#include <math.h>

const rush_json_t *rush_json_member(const rush_json_t *json, rush_text_t name) {
    if (json == NULL || json->kind != RUSH_JSON_OBJECT) return NULL;
    for (size_t i = 0; i < json->len; i++)
        if (rush_text_equal(json->items[i].name, name)) return &json->items[i];
    return NULL;
}

const rush_json_t *rush_json_find(const rush_json_t *json, const char *path) {
    while (json != NULL && *path != '\0') {
        if (*path == '[') {
            char *end;
            unsigned long place = strtoul(path + 1, &end, 10);
            if (end == path + 1 || *end != ']' || json->kind != RUSH_JSON_LIST || place >= json->len) return NULL;
            json = &json->items[place];
            path = end + 1;
        } else {
            size_t len = strcspn(path, ".[");
            json = rush_json_member(json, (rush_text_t){(char *)path, len});
            path += len;
        }
        if (*path == '.') path++;
    }
    return json;
}

/* What messages call a path: "`loop.args.lower[1]` in the run file", or "`lower[1]`" in other documents. */
static rush_text_t where(const rush_json_t *root, const char *path, const char *below) {
    if (root->name.len == 0) return rush_text_printf("`%s%s`", path, below);
    const char *dot = *path == '\0' || *path == '[' ? "" : ".";
    return rush_text_printf("`%s%s%s%s` in the run file", root->name.bytes, dot, path, below);
}

static rush_error_t *missing(const rush_json_t *root, const char *path) {
    rush_text_t place = where(root, path, "");
    rush_error_t *error = rush_error_of_kind(RUSH_ERROR_MISSING, "%s is missing", place.bytes);
    rush_text_free(&place);
    return error;
}

static rush_error_t *wrong(
    const rush_json_t *root, const char *path, const char *below, const char *wanted, const rush_json_t *found) {
    static const char *const kinds[] = {"null", "a boolean", "a number", "a text", "a list", "a table"};
    rush_text_t place = where(root, path, below);
    rush_error_t *error =
        rush_error_of_kind(RUSH_ERROR_WRONG_TYPE, "%s: expected %s, found %s", place.bytes, wanted, kinds[found->kind]);
    rush_text_free(&place);
    return error;
}

/* One type: how it is called, and how it is got from a node, if it fits. */
typedef struct { const char *called, *list_called; size_t size; bool (*get)(const rush_json_t *json, void *value); } type_t;

static bool get_boolean(const rush_json_t *json, void *value) {
    if (json->kind != RUSH_JSON_BOOLEAN) return false;
    *(bool *)value = json->boolean;
    return true;
}

static bool get_integer(const rush_json_t *json, void *value) {
    const double bound = 9223372036854775808.0;
    if (json->kind != RUSH_JSON_NUMBER) return false;
    int64_t *integer = value;
    if (json->is_integer) *integer = json->integer;
    else if (json->number >= -bound && json->number < bound && trunc(json->number) == json->number) *integer = (int64_t)json->number;
    else return false;
    return true;
}

static bool get_number(const rush_json_t *json, void *value) {
    double *number = value;
    if (json->kind == RUSH_JSON_NUMBER) *number = json->number;
    else if (json->kind != RUSH_JSON_TEXT) return false;
    else if (rush_text_is(json->text, "NaN")) *number = NAN;
    else if (rush_text_is(json->text, "Inf")) *number = INFINITY;
    else if (rush_text_is(json->text, "-Inf")) *number = -INFINITY;
    else return false;
    return true;
}

static bool get_text(const rush_json_t *json, void *value) {
    if (json->kind != RUSH_JSON_TEXT) return false;
    *(const rush_text_t **)value = &json->text;
    return true;
}

static bool copy_text(const rush_json_t *json, void *value) {
    const rush_text_t *text;
    if (!get_text(json, &text)) return false;
    *(rush_text_t *)value = rush_text_copy(*text);
    return true;
}

static const type_t booleans = {"a boolean", NULL, sizeof(bool), get_boolean};
static const type_t integers = {"an integer", "a list of integers", sizeof(int64_t), get_integer};
static const type_t numbers = {"a number", "a list of numbers", sizeof(double), get_number};
static const type_t texts = {"a text", NULL, sizeof(rush_text_t *), get_text};
static const type_t owned_texts = {"a text", "a list of texts", sizeof(rush_text_t), copy_text};

static rush_error_t *get(const rush_json_t *json, const char *path, const type_t *type, void *value) {
    const rush_json_t *found = rush_json_find(json, path);
    if (found == NULL || found->kind == RUSH_JSON_NULL) return missing(json, path);
    return type->get(found, value) ? RUSH_OK : wrong(json, path, "", type->called, found);
}

static rush_error_t *get_list(const rush_json_t *json, const char *path, const type_t *type, void **items, size_t *len) {
    const rush_json_t *found = rush_json_find(json, path);
    if (found == NULL || found->kind == RUSH_JSON_NULL) return missing(json, path);
    if (found->kind != RUSH_JSON_LIST) return wrong(json, path, "", type->list_called, found);
    char *got = rush_allocate(found->len, type->size);
    for (size_t i = 0; i < found->len; i++) {
        if (type->get(&found->items[i], got + i * type->size)) continue;
        rush_text_t place = rush_text_printf("[%zu]", i);
        rush_error_t *error = wrong(json, path, place.bytes, type->called, &found->items[i]);
        rush_text_free(&place);
        for (size_t j = 0; type == &owned_texts && j < i; j++) rush_text_free((rush_text_t *)(void *)got + j);
        free(got);
        return error;
    }
    *items = got;
    *len = found->len;
    return RUSH_OK;
}

rush_error_t *rush_json_boolean(const rush_json_t *json, const char *path, bool *value) {
    return get(json, path, &booleans, value);
}

rush_error_t *rush_json_integer(const rush_json_t *json, const char *path, int64_t *value) {
    return get(json, path, &integers, value);
}

rush_error_t *rush_json_number(const rush_json_t *json, const char *path, double *value) {
    return get(json, path, &numbers, value);
}

rush_error_t *rush_json_text(const rush_json_t *json, const char *path, const rush_text_t **value) {
    return get(json, path, &texts, value);
}

rush_error_t *rush_json_integers(const rush_json_t *json, const char *path, rush_integers_t *value) {
    void *items;
    RUSH_TRY(get_list(json, path, &integers, &items, &value->len));
    value->items = items;
    return RUSH_OK;
}

rush_error_t *rush_json_numbers(const rush_json_t *json, const char *path, rush_numbers_t *value) {
    void *items;
    RUSH_TRY(get_list(json, path, &numbers, &items, &value->len));
    value->items = items;
    return RUSH_OK;
}

rush_error_t *rush_json_texts(const rush_json_t *json, const char *path, rush_texts_t *value) {
    void *items;
    RUSH_TRY(get_list(json, path, &owned_texts, &items, &value->len));
    value->items = items;
    return RUSH_OK;
}

rush_error_t *rush_json_only(const rush_json_t *json, const char *const *names, size_t len) {
    for (size_t i = 0; json->kind == RUSH_JSON_OBJECT && i < json->len; i++) {
        bool known = false;
        for (size_t j = 0; j < len && !known; j++) known = rush_text_is(json->items[i].name, names[j]);
        if (known) continue;
        rush_text_t place = where(json, json->items[i].name.bytes, "");
        rush_error_t *error = rush_error_of_kind(RUSH_ERROR_INVALID, "%s is unknown: expected one of", place.bytes);
        rush_text_free(&place);
        for (size_t j = 0; j < len; j++) {
            rush_text_t longer = rush_text_printf("%s%s `%s`", error->message.bytes, j == 0 ? "" : ",", names[j]);
            rush_text_free(&error->message);
            error->message = longer;
        }
        return error;
    }
    return RUSH_OK;
}
