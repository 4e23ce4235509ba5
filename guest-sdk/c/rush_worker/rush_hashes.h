/*
 * Data beside the tasks that workers share, e.g. a model: hashes of this network, gone when it is reset. One round trip a call.
 *
 *     rush_text_t key;
 *     RUSH_TRY(rush_write_hash("model", &weights, &key));
 *     rush_fields_t model;
 *     bool found;
 *     RUSH_TRY(rush_read_hash("model", key, &model, &found));
 */
#ifndef RUSH_HASHES_H
#define RUSH_HASHES_H

#include "rush_errors.h"
#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rush_entry { rush_text_t name; rush_fields_t fields; } rush_entry_t;
/* The entries of one hash; `found` is false for a hash that does not exist (any more). */
typedef struct rush_entries { bool found; rush_entry_t *items; size_t len; } rush_entries_t;
void rush_entries_free(rush_entries_t *entries);

/* Stores fields under a name in a new hash: its key. Keys can be stored as texts in points or results, so that others find the
 * hash. */
RUSH_MUST_USE rush_error_t *rush_write_hash(const char *name, const rush_fields_t *fields, rush_text_t *key);
/* What stands under a name in a hash. Not found if there is no such hash (any more), or nothing of that name in it. */
RUSH_MUST_USE rush_error_t *rush_read_hash(const char *name, rush_text_t key, rush_fields_t *fields, bool *found);

/* Stores several hashes with one or more entries each, whose names differ; `found` is not looked at. `keys`: one for each. */
RUSH_MUST_USE rush_error_t *rush_write_hashes(const rush_entries_t *hashes, size_t len, rush_texts_t *keys);
/* The entries of these names in each of these hashes, as far as it has them: `hashes` has room for `len`. */
RUSH_MUST_USE rush_error_t *rush_read_hashes(
    const rush_text_t *keys, size_t len, const char *const *names, size_t names_len, rush_entries_t *hashes);

#ifdef __cplusplus
}
#endif
#endif
