/* Texts, lists and values: copied and freed. What has no length owns no memory. */
#include "internal.h"

rush_text_t rush_text(const char *string) {
    if (string == NULL) string = "";
    return (rush_text_t){(char *)string, strlen(string)};
}

rush_text_t rush_text_copy(rush_text_t text) {
    if (text.len == 0) return (rush_text_t){(char *)"", 0};
    rush_text_t copy = {rush_grow(NULL, text.len + 1, 1), text.len};
    memcpy(copy.bytes, text.bytes, text.len);
    copy.bytes[text.len] = '\0';
    return copy;
}

bool rush_text_equal(rush_text_t a, rush_text_t b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.bytes, b.bytes, a.len) == 0);
}

bool rush_text_is(rush_text_t text, const char *string) {
    return rush_text_equal(text, rush_text(string));
}

static void free_if(void *items, size_t len) {
    if (len > 0) free(items);
}

void rush_text_free(rush_text_t *text) {
    free_if(text->bytes, text->len);
    *text = (rush_text_t){(char *)"", 0};
}

void rush_bytes_free(rush_bytes_t *list) {
    free_if(list->items, list->len);
    *list = (rush_bytes_t){NULL, 0};
}

void rush_integers_free(rush_integers_t *list) {
    free_if(list->items, list->len);
    *list = (rush_integers_t){NULL, 0};
}

void rush_numbers_free(rush_numbers_t *list) {
    free_if(list->items, list->len);
    *list = (rush_numbers_t){NULL, 0};
}

void rush_texts_free(rush_texts_t *list) {
    for (size_t i = 0; i < list->len; i++) rush_text_free(&list->items[i]);
    free_if(list->items, list->len);
    *list = (rush_texts_t){NULL, 0};
}

const char *rush_kind_name(uint8_t kind) {
    static const char *const names[] = {
        "null", "boolean", "integer", "number", "text", "bytes", "integers", "numbers", "texts", "json"};
    return kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

static void *copied(const void *items, size_t len, size_t size) {
    if (len == 0) return NULL;
    return memcpy(rush_grow(NULL, len, size), items, len * size);
}

rush_value_t rush_value_copy(const rush_value_t *value) {
    rush_value_t copy = *value;
    switch (value->kind) {
    case RUSH_TEXT:
        copy.as.text = rush_text_copy(value->as.text);
        break;
    case RUSH_JSON:
        copy.as.json = rush_text_copy(value->as.json);
        break;
    case RUSH_BYTES:
        copy.as.bytes.items = copied(value->as.bytes.items, value->as.bytes.len, 1);
        break;
    case RUSH_INTEGERS:
        copy.as.integers.items = copied(value->as.integers.items, value->as.integers.len, sizeof(int64_t));
        break;
    case RUSH_NUMBERS:
        copy.as.numbers.items = copied(value->as.numbers.items, value->as.numbers.len, sizeof(double));
        break;
    case RUSH_TEXTS:
        copy.as.texts.items = rush_allocate(value->as.texts.len, sizeof(rush_text_t));
        for (size_t i = 0; i < copy.as.texts.len; i++) copy.as.texts.items[i] = rush_text_copy(value->as.texts.items[i]);
        break;
    default:
        break;
    }
    return copy;
}

void rush_value_free(rush_value_t *value) {
    switch (value->kind) {
    case RUSH_TEXT:
        rush_text_free(&value->as.text);
        break;
    case RUSH_JSON:
        rush_text_free(&value->as.json);
        break;
    case RUSH_BYTES:
        rush_bytes_free(&value->as.bytes);
        break;
    case RUSH_INTEGERS:
        rush_integers_free(&value->as.integers);
        break;
    case RUSH_NUMBERS:
        rush_numbers_free(&value->as.numbers);
        break;
    case RUSH_TEXTS:
        rush_texts_free(&value->as.texts);
        break;
    default:
        break;
    }
    value->kind = RUSH_NULL;
}
