/* Whether texts are UTF-8. */
#include "internal.h"

/* The length of the character at `at`, 0 if there is none: as Unicode has it, without overlong forms and surrogates. */
static size_t character(const uint8_t *at, size_t left) {
    uint8_t first = at[0];
    if (first < 0x80) return 1;
    size_t len = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (len == 0 || len > left) return 0;
    for (size_t i = 1; i < len; i++)
        if ((at[i] & 0xc0) != 0x80) return 0;
    if ((first == 0xe0 && at[1] < 0xa0) || (first == 0xed && at[1] > 0x9f)) return 0;
    if ((first == 0xf0 && at[1] < 0x90) || (first == 0xf4 && at[1] > 0x8f)) return 0;
    return len;
}

bool rush_is_utf8(rush_text_t text) {
    const uint8_t *bytes = (const uint8_t *)text.bytes;
    for (size_t i = 0; i < text.len;) {
        size_t len = character(bytes + i, text.len - i);
        if (len == 0) return false;
        i += len;
    }
    return true;
}

rush_text_t rush_utf8_copy(rush_text_t text) {
    if (rush_is_utf8(text)) return rush_text_copy(text);
    const uint8_t *bytes = (const uint8_t *)text.bytes;
    rush_text_t copy = {rush_grow(NULL, text.len + 1, 3), 0};
    for (size_t i = 0; i < text.len;) {
        size_t len = character(bytes + i, text.len - i);
        memcpy(copy.bytes + copy.len, len == 0 ? "\xef\xbf\xbd" : text.bytes + i, len == 0 ? 3 : len);
        copy.len += len == 0 ? 3 : len;
        i += len == 0 ? 1 : len;
    }
    copy.bytes[copy.len] = '\0';
    return copy;
}

static rush_error_t *check(rush_text_t text, const char *what, rush_text_t of) {
    if (rush_is_utf8(text)) return RUSH_OK;
    rush_text_t shown = rush_utf8_copy(of);
    rush_error_t *error = rush_error_of_kind(RUSH_ERROR_INVALID, "%s `%s` is not UTF-8", what, shown.bytes);
    rush_text_free(&shown);
    return error;
}

static rush_error_t *check_field(const rush_field_t *field) {
    RUSH_TRY(check(field->name, "the name", field->name));
    switch (field->value.kind) {
    case RUSH_TEXT:
        return check(field->value.as.text, "the text", field->name);
    case RUSH_JSON:
        return check(field->value.as.json, "the JSON", field->name);
    case RUSH_TEXTS:
        for (size_t i = 0; i < field->value.as.texts.len; i++)
            RUSH_TRY(check(field->value.as.texts.items[i], "a text of", field->name));
        return RUSH_OK;
    default:
        if (field->value.kind > RUSH_JSON) return rush_error_of_kind(RUSH_ERROR_INVALID, "`%s` has no kind of value", field->name.bytes);
        return RUSH_OK;
    }
}

rush_error_t *rush_check_fields(const rush_fields_t *lists, size_t len) {
    for (size_t i = 0; lists != NULL && i < len; i++)
        for (size_t j = 0; j < lists[i].len; j++) RUSH_TRY(check_field(&lists[i].items[j]));
    return RUSH_OK;
}

rush_error_t *rush_check_texts(const rush_text_t *items, size_t len, const char *what) {
    for (size_t i = 0; i < len; i++) RUSH_TRY(check(items[i], what, items[i]));
    return RUSH_OK;
}

rush_error_t *rush_check_conditions(const rush_condition_t *conditions, size_t len) {
    for (size_t i = 0; conditions != NULL && i < len; i++) {
        RUSH_TRY(check(conditions[i].kind, "the kind of a condition", conditions[i].kind));
        RUSH_TRY(check(conditions[i].message, "the message of a condition", conditions[i].message));
        RUSH_TRY(rush_check_fields(&conditions[i].details, 1));
    }
    return RUSH_OK;
}
