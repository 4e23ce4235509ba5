/* Errors and conditions. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

/* The text that printf would print, in UTF-8. */
static rush_text_t formatted(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, arguments);
    if (len <= 0) {
        va_end(again);
        return rush_text_copy(rush_text(len == 0 ? "" : format));
    }
    rush_text_t text = {rush_grow(NULL, (size_t)len + 1, 1), (size_t)len};
    vsnprintf(text.bytes, text.len + 1, format, again);
    va_end(again);
    if (rush_is_utf8(text)) return text;
    rush_text_t valid = rush_utf8_copy(text);
    free(text.bytes);
    return valid;
}

rush_text_t rush_text_printf(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rush_text_t text = formatted(format, arguments);
    va_end(arguments);
    return text;
}

static rush_error_t *new_error(rush_error_kind_t kind, rush_text_t message) {
    rush_error_t *error = rush_allocate(1, sizeof *error);
    error->kind = kind;
    error->message = message;
    return error;
}

rush_error_t *rush_error_of_kind(rush_error_kind_t kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rush_error_t *error = new_error(kind, formatted(format, arguments));
    va_end(arguments);
    return error;
}

rush_error_t *rush_error(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rush_error_t *error = new_error(RUSH_ERROR_MESSAGE, formatted(format, arguments));
    va_end(arguments);
    return error;
}

const char *rush_error_name(rush_error_kind_t kind) {
    static const char *const names[] = {"invalid", "lost-ownership", "budget-exhausted", "storage-full", "unavailable",
        "limit-exceeded", "denied", "missing", "wrong-type", "condition", "message"};
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}

void rush_error_free(rush_error_t *error) {
    if (error == NULL) return;
    rush_text_free(&error->message);
    if (error->condition != NULL) rush_condition_free(error->condition);
    free(error->condition);
    free(error);
}

rush_condition_t rush_condition(const char *kind, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    rush_condition_t condition = {rush_text_copy(rush_text(kind)), formatted(format, arguments), {0}};
    va_end(arguments);
    return condition;
}

void rush_condition_free(rush_condition_t *condition) {
    rush_text_free(&condition->kind);
    rush_text_free(&condition->message);
    rush_fields_free(&condition->details);
}

rush_error_t *rush_raise(rush_condition_t *condition) {
    rush_text_t message = rush_text_copy(condition->message);
    rush_error_t *error = new_error(RUSH_ERROR_CONDITION, message);
    error->condition = rush_allocate(1, sizeof *condition);
    *error->condition = *condition;
    *condition = (rush_condition_t){0};
    return error;
}
