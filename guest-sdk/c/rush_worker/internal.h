/* What the files of this library share. Not for programs. */
#ifndef RUSH_INTERNAL_H
#define RUSH_INTERNAL_H

#include <stdlib.h>
#include <string.h>

#include "generated/rush_bindings.h"
#include "rush_worker.h"

/* memory.c: these end the program instead of failing. Room for nothing is NULL. */
void *rush_allocate(size_t len, size_t size);
void *rush_grow(void *items, size_t len, size_t size);
/* Says why in the log, then traps: the host puts "The guest" before the message. */
_Noreturn void rush_panic(const char *message);

/* The library's texts and values lie in memory as the generated ones do, so that lists of them cross without being copied. */
#define RUSH_SAME_LAYOUT(ours, theirs) _Static_assert(sizeof(ours) == sizeof(theirs) && _Alignof(ours) == _Alignof(theirs), #ours)
RUSH_SAME_LAYOUT(rush_text_t, rush_bindings_string_t);
RUSH_SAME_LAYOUT(rush_texts_t, rush_bindings_list_string_t);
RUSH_SAME_LAYOUT(rush_value_t, rush_worker_types_value_t);
RUSH_SAME_LAYOUT(rush_field_t, rush_worker_types_field_t);
_Static_assert(offsetof(rush_value_t, as) == offsetof(rush_worker_types_value_t, val), "value");
_Static_assert(offsetof(rush_field_t, value) == offsetof(rush_worker_types_field_t, value), "field");
_Static_assert((int)RUSH_JSON == RUSH_WORKER_TYPES_VALUE_JSON && (int)RUSH_TEXTS == RUSH_WORKER_TYPES_VALUE_TEXTS, "kinds");
_Static_assert((int)RUSH_FAILED == RUSH_WORKER_TYPES_STATE_FAILED, "states");
_Static_assert((int)RUSH_ERROR_DENIED == RUSH_WORKER_TYPES_ERROR_DENIED, "errors");
_Static_assert((int)RUSH_ERROR == RUSH_WORKER_LOG_LEVEL_ERROR, "levels");
_Static_assert((int)RUSH_PARTS_WORKER_ID == RUSH_WORKER_TASKS_PARTS_WORKER_ID, "parts");

/* crossing.c: to the host, borrowed ... */
rush_bindings_string_t rush_lend_text(rush_text_t text);
rush_worker_types_fields_t rush_lend_fields(const rush_fields_t *fields);
rush_worker_types_condition_t rush_lend_condition(const rush_condition_t *condition);
rush_bindings_list_string_t rush_lend_texts(const rush_text_t *items, size_t len);
/* ... and from it: what was given is taken over. */
rush_text_t rush_take_text(rush_bindings_string_t text);
rush_texts_t rush_take_texts(rush_bindings_list_string_t texts);
rush_fields_t rush_take_fields(rush_worker_types_fields_t fields);
rush_condition_t rush_take_condition(rush_worker_types_condition_t condition);
rush_task_t rush_take_task(rush_worker_types_task_t task);
rush_error_t *rush_take_error(rush_worker_types_error_t error);
/* The keys of an answer: to whom they are wanted by, or freed. */
void rush_give_texts(rush_bindings_list_string_t texts, rush_texts_t *wanted);

/* utf8.c: the host ends a program that hands over a text which is not UTF-8, so everything is looked at before. */
bool rush_is_utf8(rush_text_t text);
/* A copy, with U+FFFD instead of what is not UTF-8. */
rush_text_t rush_utf8_copy(rush_text_t text);
/* RUSH_OK or RUSH_ERROR_INVALID, over lists of lists of fields that may be NULL, texts, and conditions that may be NULL. */
rush_error_t *rush_check_fields(const rush_fields_t *lists, size_t len);
rush_error_t *rush_check_texts(const rush_text_t *items, size_t len, const char *what);
rush_error_t *rush_check_conditions(const rush_condition_t *conditions, size_t len);

/* errors.c */
rush_error_t *rush_error_of_kind(rush_error_kind_t kind, const char *format, ...) __attribute__((__format__(__printf__, 2, 3)));

/* given.c: what messages call the arguments, "loop.args" or "objective.args". */
void rush_args_are(const char *name);

/* exports.c: called when the program's function has returned, set once something was printed. */
extern void (*rush_tell_lines)(void);

#endif
