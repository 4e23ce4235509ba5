/*
 * Values, and lists of them under names: what points, results and conditions are made of.
 *
 *     rush_fields_t xs = {0};                     // empty
 *     rush_add_number(&xs, "x1", 0.5);
 *     rush_add_text(&xs, "kernel", "rbf");
 *
 *     double x1;
 *     RUSH_TRY(rush_get_number(&xs, "x1", &x1));
 *     rush_fields_free(&xs);
 *
 * Which C type is which value:
 *
 *     bool                       boolean
 *     int64_t                    integer
 *     double                     number; NaN and the infinities are numbers, not missing ones
 *     char *, rush_text_t        text, UTF-8
 *     bytes                      bytes
 *     lists of one of these      integers, numbers, texts
 *     anything nested            json, as a text
 *     nothing                    null: missing
 */
#ifndef RUSH_VALUES_H
#define RUSH_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RUSH_MUST_USE __attribute__((__warn_unused_result__))
#else
#define RUSH_MUST_USE
#endif

typedef struct rush_error rush_error_t;

/* ---- Texts -------------------------------------------------------------------------------------------------------------------- */

/* `len` bytes of UTF-8. A text that this library gave has a NUL behind its last byte, so that `bytes` is a C string, too, unless
 * there is a NUL within. An empty text may have any pointer, NULL only in `{0}`. */
typedef struct rush_text { char *bytes; size_t len; } rush_text_t;

/* A C string as a text: borrowed, not copied; NULL is the empty text. For arguments of calls, e.g. rush_text("abc"). */
rush_text_t rush_text(const char *string);
/* A copy, which is yours. */
rush_text_t rush_text_copy(rush_text_t text);
/* A text as printf would print it, which is yours. What is not UTF-8 in it is replaced by U+FFFD. */
rush_text_t rush_text_printf(const char *format, ...) __attribute__((__format__(__printf__, 1, 2)));
/* Byte for byte. */
bool rush_text_equal(rush_text_t a, rush_text_t b);
bool rush_text_is(rush_text_t text, const char *string);
void rush_text_free(rush_text_t *text);

/* ---- Lists -------------------------------------------------------------------------------------------------------------------- */

typedef struct rush_bytes { uint8_t *items; size_t len; } rush_bytes_t;
typedef struct rush_integers { int64_t *items; size_t len; } rush_integers_t;
typedef struct rush_numbers { double *items; size_t len; } rush_numbers_t;
typedef struct rush_texts { rush_text_t *items; size_t len; } rush_texts_t;

void rush_bytes_free(rush_bytes_t *list);
void rush_integers_free(rush_integers_t *list);
void rush_numbers_free(rush_numbers_t *list);
/* Frees the texts in it, too. */
void rush_texts_free(rush_texts_t *list);

/* ---- Values ------------------------------------------------------------------------------------------------------------------- */

/* Which member of `as` a value has. */
enum {
    RUSH_NULL,
    RUSH_BOOLEAN,
    RUSH_INTEGER,
    RUSH_NUMBER,
    RUSH_TEXT,
    RUSH_BYTES,
    RUSH_INTEGERS,
    RUSH_NUMBERS,
    RUSH_TEXTS,
    RUSH_JSON
};

typedef struct rush_value {
    uint8_t kind;
    union {
        bool boolean;
        int64_t integer;
        double number;
        rush_text_t text;
        rush_bytes_t bytes;
        rush_integers_t integers;
        rush_numbers_t numbers;
        rush_texts_t texts;
        rush_text_t json;
    } as;
} rush_value_t;

/* The name of a kind as the contract has it: "number", "texts", ... */
const char *rush_kind_name(uint8_t kind);
rush_value_t rush_value_copy(const rush_value_t *value);
void rush_value_free(rush_value_t *value);

/* ---- Fields ------------------------------------------------------------------------------------------------------------------- */

typedef struct rush_field { rush_text_t name; rush_value_t value; } rush_field_t;

/* An ordered list of named values; `{0}` is an empty one. Names are unique within one list: the host refuses one that has a name
 * twice. Any text is a name, the empty one as well. */
typedef struct rush_fields { rush_field_t *items; size_t len; size_t capacity; } rush_fields_t;

/* Add a field at the end. All of these copy what they are given; NULL instead of a text or of JSON adds null. */
void rush_add_null(rush_fields_t *fields, const char *name);
void rush_add_boolean(rush_fields_t *fields, const char *name, bool value);
void rush_add_integer(rush_fields_t *fields, const char *name, int64_t value);
void rush_add_number(rush_fields_t *fields, const char *name, double value);
void rush_add_text(rush_fields_t *fields, const char *name, const char *value);
void rush_add_bytes(rush_fields_t *fields, const char *name, const void *bytes, size_t len);
void rush_add_integers(rush_fields_t *fields, const char *name, const int64_t *items, size_t len);
void rush_add_numbers(rush_fields_t *fields, const char *name, const double *items, size_t len);
void rush_add_texts(rush_fields_t *fields, const char *name, const char *const *items, size_t len);
/* JSON that you wrote: the host refuses what is not JSON. */
void rush_add_json(rush_fields_t *fields, const char *name, const char *json);
/* Any value under any name, for values that come from elsewhere and for texts with a NUL in them. */
void rush_add(rush_fields_t *fields, rush_text_t name, const rush_value_t *value);
/* Every field of another list. */
void rush_add_all(rush_fields_t *fields, const rush_fields_t *others);

/* The value of a name, borrowed from `fields`; NULL if there is none. The null value is one. */
const rush_value_t *rush_find(const rush_fields_t *fields, const char *name);
const rush_value_t *rush_find_text(const rush_fields_t *fields, rush_text_t name);

/* Get a value of one type. A name that is not there, or null, is RUSH_ERROR_MISSING; another type is RUSH_ERROR_WRONG_TYPE; the
 * message names the field. Other languages and files write other kinds of numbers, so an integer is a number, and a number without
 * a fraction that fits is an integer. */
RUSH_MUST_USE rush_error_t *rush_get_boolean(const rush_fields_t *fields, const char *name, bool *value);
RUSH_MUST_USE rush_error_t *rush_get_integer(const rush_fields_t *fields, const char *name, int64_t *value);
RUSH_MUST_USE rush_error_t *rush_get_number(const rush_fields_t *fields, const char *name, double *value);
/* These are borrowed from `fields`: do not free them. */
RUSH_MUST_USE rush_error_t *rush_get_text(const rush_fields_t *fields, const char *name, const rush_text_t **value);
RUSH_MUST_USE rush_error_t *rush_get_bytes(const rush_fields_t *fields, const char *name, const rush_bytes_t **value);
RUSH_MUST_USE rush_error_t *rush_get_texts(const rush_fields_t *fields, const char *name, const rush_texts_t **value);
RUSH_MUST_USE rush_error_t *rush_get_json(const rush_fields_t *fields, const char *name, const rush_text_t **value);
/* These are copies, since the other kind of number fits, too: yours to free. */
RUSH_MUST_USE rush_error_t *rush_get_integers(const rush_fields_t *fields, const char *name, rush_integers_t *value);
RUSH_MUST_USE rush_error_t *rush_get_numbers(const rush_fields_t *fields, const char *name, rush_numbers_t *value);

rush_fields_t rush_fields_copy(const rush_fields_t *fields);
/* Takes all fields out, and keeps the room for as many: for a list that is filled again and again. */
void rush_fields_clear(rush_fields_t *fields);
void rush_fields_free(rush_fields_t *fields);

#ifdef __cplusplus
}
#endif
#endif
