/*
 * Reading JSON: arguments of the run file, and values that are nested.
 *
 *     rush_numbers_t lower;
 *     RUSH_TRY(rush_json_numbers(rush_args(), "lower", &lower));
 *     int64_t trees = 100;                                            // unless the run file says otherwise
 *     if (rush_json_find(rush_args(), "forest.trees")) RUSH_TRY(rush_json_integer(rush_args(), "forest.trees", &trees));
 *
 * A path goes from a node to one below it: names of members with dots between, places in a list in brackets, `space.x1.levels[0]`;
 * the empty path is the node itself. An error names the path: "`loop.args.lower[1]` in the run file: expected a number, found a
 * text".
 */
#ifndef RUSH_JSON_H
#define RUSH_JSON_H

#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rush_json_kind {
    RUSH_JSON_NULL,
    RUSH_JSON_BOOLEAN,
    RUSH_JSON_NUMBER,
    RUSH_JSON_TEXT,
    RUSH_JSON_LIST,
    RUSH_JSON_OBJECT
} rush_json_kind_t;

typedef struct rush_json rush_json_t;
struct rush_json {
    rush_json_kind_t kind;
    bool boolean;
    bool is_integer;    /* a number without fraction and exponent that fits 64 bits: `integer` is exact */
    double number;
    int64_t integer;
    rush_text_t text;
    rush_text_t name;   /* of a member of an object; of the root: what messages call it */
    rush_json_t *items; /* the elements of a list, or the members of an object in their order */
    size_t len;
};

/* Reads one JSON document. The result is yours. */
RUSH_MUST_USE rush_error_t *rush_json_read(rush_text_t text, rush_json_t **json);
void rush_json_free(rush_json_t *json);

/* What is at a path, borrowed from `json`; NULL if there is nothing. */
const rush_json_t *rush_json_find(const rush_json_t *json, const char *path);
/* A member of an object by its name, whatever characters the name has; NULL if there is none. */
const rush_json_t *rush_json_member(const rush_json_t *json, rush_text_t name);

/* What is at a path, as one type: RUSH_ERROR_MISSING or RUSH_ERROR_WRONG_TYPE if it is not. The texts "NaN", "Inf" and "-Inf" are
 * numbers, because that is how the host writes them. */
RUSH_MUST_USE rush_error_t *rush_json_boolean(const rush_json_t *json, const char *path, bool *value);
RUSH_MUST_USE rush_error_t *rush_json_integer(const rush_json_t *json, const char *path, int64_t *value);
RUSH_MUST_USE rush_error_t *rush_json_number(const rush_json_t *json, const char *path, double *value);
/* Borrowed from `json`. */
RUSH_MUST_USE rush_error_t *rush_json_text(const rush_json_t *json, const char *path, const rush_text_t **value);
/* Yours to free. */
RUSH_MUST_USE rush_error_t *rush_json_integers(const rush_json_t *json, const char *path, rush_integers_t *value);
RUSH_MUST_USE rush_error_t *rush_json_numbers(const rush_json_t *json, const char *path, rush_numbers_t *value);
RUSH_MUST_USE rush_error_t *rush_json_texts(const rush_json_t *json, const char *path, rush_texts_t *value);

/* An error if the object has a member that is none of these: a name that was mistyped in the run file.
 *
 *     static const char *const known[] = {"lower", "upper", "names"};
 *     RUSH_TRY(rush_json_only(rush_args(), known, 3));
 */
RUSH_MUST_USE rush_error_t *rush_json_only(const rush_json_t *json, const char *const *names, size_t len);

#ifdef __cplusplus
}
#endif
#endif
