/* Data beside the tasks. */
#include "internal.h"

void rush_entries_free(rush_entries_t *entries) {
    for (size_t i = 0; i < entries->len; i++) {
        rush_text_free(&entries->items[i].name);
        rush_fields_free(&entries->items[i].fields);
    }
    if (entries->len > 0) free(entries->items);
    *entries = (rush_entries_t){false, NULL, 0};
}

rush_error_t *rush_write_hashes(const rush_entries_t *hashes, size_t len, rush_texts_t *keys) {
    rush_worker_hashes_list_list_entry_t lent = {NULL, len};
    for (size_t i = 0; i < len; i++)
        for (size_t j = 0; j < hashes[i].len; j++) {
            RUSH_TRY(rush_check_texts(&hashes[i].items[j].name, 1, "the name"));
            RUSH_TRY(rush_check_fields(&hashes[i].items[j].fields, 1));
        }
    lent.ptr = rush_allocate(len, sizeof *lent.ptr);
    for (size_t i = 0; i < len; i++) {
        lent.ptr[i] = (rush_worker_hashes_list_entry_t){rush_allocate(hashes[i].len, sizeof *lent.ptr[i].ptr), hashes[i].len};
        for (size_t j = 0; j < hashes[i].len; j++) {
            lent.ptr[i].ptr[j].name = rush_lend_text(hashes[i].items[j].name);
            lent.ptr[i].ptr[j].value = rush_lend_fields(&hashes[i].items[j].fields);
        }
    }
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    bool done = rush_worker_hashes_write(&lent, &answer, &error);
    for (size_t i = 0; i < len; i++) free(lent.ptr[i].ptr);
    free(lent.ptr);
    if (!done) return rush_take_error(error);
    rush_give_texts(answer, keys);
    return RUSH_OK;
}

rush_error_t *rush_read_hashes(
    const rush_text_t *keys, size_t len, const char *const *names, size_t names_len, rush_entries_t *hashes) {
    rush_text_t *texts = rush_allocate(names_len, sizeof *texts);
    for (size_t i = 0; i < names_len; i++) texts[i] = rush_text(names[i]);
    rush_error_t *invalid = rush_check_texts(texts, names_len, "the name");
    if (invalid == RUSH_OK) invalid = rush_check_texts(keys, len, "the key");
    rush_bindings_list_string_t lent_keys = rush_lend_texts(keys, len), lent_names = rush_lend_texts(texts, names_len);
    rush_worker_hashes_list_option_list_entry_t answer = {NULL, 0};
    rush_worker_types_error_t error;
    bool done = invalid == RUSH_OK && rush_worker_hashes_read(&lent_keys, &lent_names, &answer, &error);
    free(texts);
    if (!done) return invalid != RUSH_OK ? invalid : rush_take_error(error);
    for (size_t i = 0; i < len; i++) {
        hashes[i] = (rush_entries_t){i < answer.len && answer.ptr[i].is_some, NULL, 0};
        if (!hashes[i].found) continue;
        rush_worker_hashes_list_entry_t entries = answer.ptr[i].val;
        hashes[i].items = rush_allocate(entries.len, sizeof *hashes[i].items);
        hashes[i].len = entries.len;
        for (size_t j = 0; j < entries.len; j++)
            hashes[i].items[j] = (rush_entry_t){rush_take_text(entries.ptr[j].name), rush_take_fields(entries.ptr[j].value)};
        if (entries.len > 0) free(entries.ptr);
    }
    if (answer.len > 0) free(answer.ptr);
    return RUSH_OK;
}

rush_error_t *rush_write_hash(const char *name, const rush_fields_t *fields, rush_text_t *key) {
    rush_entry_t entry = {rush_text(name), *fields};
    rush_entries_t hash = {true, &entry, 1};
    rush_texts_t keys;
    RUSH_TRY(rush_write_hashes(&hash, 1, &keys));
    if (keys.len != 1) {
        rush_error_t *error = rush_error_of_kind(RUSH_ERROR_INVALID, "the host gave %zu keys for 1 hash", keys.len);
        rush_texts_free(&keys);
        return error;
    }
    *key = keys.items[0];
    free(keys.items);
    return RUSH_OK;
}

rush_error_t *rush_read_hash(const char *name, rush_text_t key, rush_fields_t *fields, bool *found) {
    rush_entries_t hash;
    RUSH_TRY(rush_read_hashes(&key, 1, &name, 1, &hash));
    *found = hash.len > 0;
    if (*found) {
        *fields = hash.items[0].fields;
        hash.items[0].fields = (rush_fields_t){NULL, 0, 0};
    }
    rush_entries_free(&hash);
    return RUSH_OK;
}
