/*
 * What others have done, as tables: snapshots of tasks that the host holds, column by column.
 *
 *     static const rush_state_t finished[] = {RUSH_FINISHED};
 *     rush_table_t *table;
 *     const double *y;
 *     RUSH_TRY(rush_fetch(finished, 1, RUSH_PARTS_DEFAULT, &table));
 *     RUSH_TRY(rush_table_numbers(table, "y", &y));
 *     for (size_t row = 0; row < rush_table_len(table); row++) best = fmin(best, y[row]);
 *     rush_table_free(table);
 *
 * Each element of xs, ys and the extras is a column; a name that stands in two of them becomes `xs.name`, `ys.name`. Condition (its
 * message) and worker id are the columns `condition` and `worker_id`. A column is copied when it is first asked for, and has as
 * many elements as the table has rows. It is borrowed: it goes with the table. What a table holds counts against the memory that
 * the run file allows, so free tables early.
 */
#ifndef RUSH_TABLE_H
#define RUSH_TABLE_H

#include "rush_errors.h"
#include "rush_tasks.h"
#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rush_table rush_table_t;

/* Which parts of tasks become columns. */
enum {
    RUSH_PARTS_XS = 1,
    RUSH_PARTS_YS = 2,
    RUSH_PARTS_XS_EXTRA = 4,
    RUSH_PARTS_YS_EXTRA = 8,
    RUSH_PARTS_CONDITION = 16,
    RUSH_PARTS_WORKER_ID = 32,
    RUSH_PARTS_DEFAULT = 3 /* xs and ys: what most loops look at */
};

typedef enum rush_column_kind {
    RUSH_COLUMN_NUMBER,
    RUSH_COLUMN_INTEGER,
    RUSH_COLUMN_BOOLEAN,
    RUSH_COLUMN_TEXT,
    RUSH_COLUMN_MIXED
} rush_column_kind_t;
/* "number", "integer", "boolean", "text", "mixed". */
const char *rush_column_kind_name(rush_column_kind_t kind);
typedef struct rush_column { rush_text_t name; uint8_t kind; } rush_column_t;

/* A column of texts: row i has levels[codes[i]]; a code of -1 is missing. */
typedef struct rush_factor { rush_texts_t levels; const int32_t *codes; } rush_factor_t;

/* The tasks in the given states, each exactly once. Finished tasks never change, and the host keeps them: fetching them again costs
 * what is new. */
RUSH_MUST_USE rush_error_t *rush_fetch(const rush_state_t *states, size_t len, unsigned parts, rush_table_t **table);
/* The finished tasks that this worker has not been given by rush_fetch_new yet; waits for one up to `timeout_ms`. Empty when there
 * is none in that time, or when the loop should end. */
RUSH_MUST_USE rush_error_t *rush_fetch_new(unsigned parts, uint32_t timeout_ms, rush_table_t **table);
/* Forgets what rush_fetch_new has given already, and what the host has kept. Tables stay as they are. */
void rush_reset_cache(void);
/* NULL is fine. */
void rush_table_free(rush_table_t *table);

/* How many tasks there are. */
size_t rush_table_len(const rush_table_t *table);
/* The columns in their order, and how many. If the answer of this, of keys, states, rows or json is larger than all the memory that
 * the loop may have, the loop ends. */
const rush_column_t *rush_table_columns(rush_table_t *table, size_t *len);
/* The key and the state of each task. */
const rush_text_t *rush_table_keys(rush_table_t *table);
const rush_state_t *rush_table_states(rush_table_t *table);

/* A column of numbers or of integers. Missing is NaN; rush_table_valid tells it from a NaN that was computed. */
RUSH_MUST_USE rush_error_t *rush_table_numbers(rush_table_t *table, const char *name, const double **numbers);
/* Missing is 0, or false; rush_table_valid tells. */
RUSH_MUST_USE rush_error_t *rush_table_integers(rush_table_t *table, const char *name, const int64_t **integers);
RUSH_MUST_USE rush_error_t *rush_table_booleans(rush_table_t *table, const char *name, const bool **booleans);
RUSH_MUST_USE rush_error_t *rush_table_texts(rush_table_t *table, const char *name, const rush_factor_t **texts);
/* Any column, value by value. Missing is null. */
RUSH_MUST_USE rush_error_t *rush_table_values(rush_table_t *table, const char *name, const rush_value_t **values);
/* Where any column has a value: false is missing. */
RUSH_MUST_USE rush_error_t *rush_table_valid(rush_table_t *table, const char *name, const bool **valid);

/* Some of the tasks, as many as there are; yours to free. Ask for few at once if they are large. */
rush_tasks_t rush_table_rows(rush_table_t *table, uint32_t start, uint32_t len);
/* The whole table as a JSON array of objects; yours to free. NaN and the infinities are texts, missing is null. */
rush_text_t rush_table_json(rush_table_t *table);

#ifdef __cplusplus
}
#endif
#endif
