/*
 * Tests of what needs no host: conversion, JSON, random numbers, errors, and who owns which memory. From this folder:
 *
 *     ./run.sh
 */
#include <math.h>

#include "fake.h"

static int failures;

#define CHECK(kept)                                                                                                             \
    do {                                                                                                                        \
        if (!(kept)) failures++, fprintf(stderr, "%s:%d: not kept in %s: %s\n", __FILE__, __LINE__, __func__, #kept);           \
    } while (0)

/* An error of this kind and message. */
static bool fails(rush_error_t *error, rush_error_kind_t kind, const char *message) {
    bool so = error != RUSH_OK && error->kind == kind && rush_text_is(error->message, message);
    if (!so) fprintf(stderr, "  %s instead of %s\n", error == RUSH_OK ? "no error" : error->message.bytes, message);
    rush_error_free(error);
    return so;
}

static bool succeeds(rush_error_t *error) {
    if (error != RUSH_OK) fprintf(stderr, "  %s\n", error->message.bytes);
    rush_error_free(error);
    return error == RUSH_OK;
}

/* ---- Values ------------------------------------------------------------------------------------------------------------------- */

static void fields_keep_what_they_are_given(void) {
    static const char *const names[] = {"a", NULL, "c"};
    rush_fields_t fields = {0}, copy;
    char name[] = "name";
    for (int i = 0; i < 20; i++) rush_add_integer(&fields, name, i);
    name[0] = 'x';
    rush_add_texts(&fields, "texts", names, 3);
    rush_add_numbers(&fields, "none", NULL, 0);
    rush_add_bytes(&fields, "bytes", "\0\1", 2);
    rush_add_text(&fields, "missing", NULL);
    copy = rush_fields_copy(&fields);
    rush_fields_free(&fields);
    CHECK(fields.len == 0 && copy.len == 24);
    CHECK(rush_text_is(copy.items[19].name, "name") && copy.items[19].value.as.integer == 19);
    CHECK(rush_find(&copy, "texts")->as.texts.len == 3 && rush_text_is(rush_find(&copy, "texts")->as.texts.items[1], ""));
    CHECK(rush_find(&copy, "missing")->kind == RUSH_NULL && rush_find(&copy, "xame") == NULL);
    /* A field of the list itself, while the list grows. */
    for (int i = 0; i < 40; i++) rush_add(&copy, copy.items[20].name, &copy.items[20].value);
    CHECK(copy.len == 64 && rush_text_is(copy.items[63].value.as.texts.items[2], "c"));
    rush_fields_clear(&copy);
    CHECK(copy.len == 0 && copy.capacity >= 64);
    rush_fields_free(&copy);
}

static void getters_tell_missing_from_wrong(void) {
    rush_fields_t xs = {0};
    double number = 7;
    int64_t integer = 7;
    const rush_text_t *text;
    rush_add_null(&xs, "null");
    rush_add_text(&xs, "text", "a");
    rush_add_integer(&xs, "integer", 3);
    rush_add_number(&xs, "whole", 4.0);
    rush_add_number(&xs, "half", 0.5);
    rush_add_number(&xs, "huge", 9223372036854775808.0);
    rush_add_number(&xs, "nan", NAN);
    CHECK(fails(rush_get_number(&xs, "x", &number), RUSH_ERROR_MISSING, "`x` is missing"));
    CHECK(fails(rush_get_number(&xs, "null", &number), RUSH_ERROR_MISSING, "`null` is missing"));
    CHECK(fails(rush_get_number(&xs, "text", &number), RUSH_ERROR_WRONG_TYPE, "`text`: expected a number, found text"));
    CHECK(number == 7);
    CHECK(succeeds(rush_get_number(&xs, "integer", &number)) && number == 3);
    CHECK(succeeds(rush_get_integer(&xs, "whole", &integer)) && integer == 4);
    CHECK(fails(rush_get_integer(&xs, "half", &integer), RUSH_ERROR_WRONG_TYPE, "`half`: expected an integer, found number"));
    CHECK(fails(rush_get_integer(&xs, "huge", &integer), RUSH_ERROR_WRONG_TYPE, "`huge`: expected an integer, found number"));
    CHECK(fails(rush_get_integer(&xs, "nan", &integer), RUSH_ERROR_WRONG_TYPE, "`nan`: expected an integer, found number"));
    CHECK(succeeds(rush_get_text(&xs, "text", &text)) && rush_text_is(*text, "a"));
    rush_fields_free(&xs);
}

static void lists_of_either_kind_of_number_fit(void) {
    static const int64_t integers[] = {1, 2};
    static const double halves[] = {1.0, 0.5};
    rush_fields_t xs = {0};
    rush_numbers_t numbers;
    rush_integers_t wholes;
    rush_add_integers(&xs, "integers", integers, 2);
    rush_add_numbers(&xs, "halves", halves, 2);
    rush_add_json(&xs, "empty", "[]");
    CHECK(succeeds(rush_get_numbers(&xs, "integers", &numbers)) && numbers.len == 2 && numbers.items[1] == 2.0);
    rush_numbers_free(&numbers);
    CHECK(fails(rush_get_integers(&xs, "halves", &wholes), RUSH_ERROR_WRONG_TYPE, "`halves`: expected integers, found numbers"));
    CHECK(succeeds(rush_get_numbers(&xs, "empty", &numbers)) && numbers.len == 0);
    rush_fields_free(&xs);
}

static void texts_that_are_not_utf8_are_refused(void) {
    static const char *const invalid[] = {"\xff", "a\x80", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\xf8\x88\x80\x80\x80"};
    CHECK(rush_is_utf8(rush_text("a\u00e4\u20ac\U0001f980\U0010ffff")));
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++) CHECK(!rush_is_utf8(rush_text(invalid[i])));
    rush_fields_t xs = {0};
    rush_text_t key;
    rush_add_text(&xs, "kernel", "rb\xff");
    CHECK(fails(rush_push_one(&xs, NULL, &key), RUSH_ERROR_INVALID, "the text `kernel` is not UTF-8"));
    rush_fields_free(&xs);
    rush_log_info("test", "a\xff%d", 1);
    CHECK(strcmp(fake.logged, "a\xef\xbf\xbd\x31") == 0);
}

/* ---- JSON --------------------------------------------------------------------------------------------------------------------- */

static void json_is_read(void) {
    rush_json_t *json;
    rush_text_t text = rush_text(" { \"a\" : [1, -2.5e1, 9007199254740993, \"NaN\", \"Inf\"], \"b c\":{\"d\":\"\\u00e4\\ud83e\\udd80\\n\\\"\"},"
                                 "\"e\":[],\"f\":null,\"g\":true,\"\":0,\"t\":[\"x\",\"\"] } ");
    double number;
    int64_t integer;
    bool boolean;
    const rush_text_t *found;
    rush_texts_t texts;
    rush_integers_t integers;
    CHECK(succeeds(rush_json_read(text, &json)));
    CHECK(succeeds(rush_json_number(json, "a[1]", &number)) && number == -25.0);
    CHECK(succeeds(rush_json_integer(json, "a[1]", &integer)) && integer == -25);
    CHECK(succeeds(rush_json_integer(json, "a[2]", &integer)) && integer == 9007199254740993);
    CHECK(succeeds(rush_json_number(json, "a[3]", &number)) && isnan(number));
    CHECK(succeeds(rush_json_number(json, "a[4]", &number)) && isinf(number));
    CHECK(succeeds(rush_json_text(json, "b c.d", &found)) && rush_text_is(*found, "\u00e4\U0001f980\n\""));
    CHECK(succeeds(rush_json_boolean(json, "g", &boolean)) && boolean);
    CHECK(succeeds(rush_json_texts(json, "t", &texts)) && texts.len == 2 && rush_text_is(texts.items[0], "x"));
    rush_texts_free(&texts);
    CHECK(succeeds(rush_json_integers(json, "e", &integers)) && integers.len == 0);
    CHECK(rush_json_member(json, rush_text(""))->kind == RUSH_JSON_NUMBER);
    CHECK(rush_json_find(json, "") == json && rush_json_find(json, "a[5]") == NULL && rush_json_find(json, "a[x]") == NULL);
    CHECK(fails(rush_json_number(json, "b c.x", &number), RUSH_ERROR_MISSING, "`b c.x` is missing"));
    CHECK(fails(rush_json_number(json, "f", &number), RUSH_ERROR_MISSING, "`f` is missing"));
    CHECK(fails(rush_json_texts(json, "a", &texts), RUSH_ERROR_WRONG_TYPE, "`a[0]`: expected a text, found a number"));
    rush_json_free(json);
}

static void what_is_not_json_is_refused(void) {
    static const char *const wrong[] = {"", "{", "[1,]", "{\"a\" 1}", "01", "-", "1.", "1e", "\"", "\"\\", "\"\\u12\"", "\"\\ud800\"", "\"\\x\"", "nul",
        "1 2", "[1 2]", "{1:2}", "\"a\nb\"", "tru", "+1", ".5", "\xff"};
    char deep[1000];
    rush_json_t *json;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        rush_error_t *error = rush_json_read(rush_text(wrong[i]), &json);
        CHECK(error != RUSH_OK && error->kind == RUSH_ERROR_INVALID);
        rush_error_free(error);
    }
    memset(deep, '[', sizeof deep);
    CHECK(fails(rush_json_read((rush_text_t){deep, sizeof deep}, &json), RUSH_ERROR_INVALID, "not JSON: expected less nesting at byte 201"));
}

static void arguments_are_named_as_the_run_file_does(void) {
    static const char *const known[] = {"lower", "n"};
    rush_numbers_t lower;
    fake.args = "{\"lower\": [0, \"a\"], \"uper\": 1}";
    rush_args_are("loop.args");
    CHECK(fails(rush_json_numbers(rush_args(), "lower", &lower), RUSH_ERROR_WRONG_TYPE,
        "`loop.args.lower[1]` in the run file: expected a number, found a text"));
    CHECK(fails(rush_json_numbers(rush_args(), "upper", &lower), RUSH_ERROR_MISSING, "`loop.args.upper` in the run file is missing"));
    CHECK(fails(rush_json_only(rush_args(), known, 2), RUSH_ERROR_INVALID,
        "`loop.args.uper` in the run file is unknown: expected one of `lower`, `n`"));
}

/* ---- Random numbers: those of guest-sdk/random.json --------------------------------------------------------------------------------- */

static void random_numbers_are_those_of_every_language(const char *path) {
    FILE *file = fopen(path, "rb");
    CHECK(file != NULL);
    if (file == NULL) return;
    static char bytes[1 << 16];
    rush_text_t text = {bytes, fread(bytes, 1, sizeof bytes, file)};
    fclose(file);
    rush_json_t *json;
    if (!succeeds(rush_json_read(text, &json))) {
        failures++;
        return;
    }
    const rush_json_t *seeds = rush_json_find(json, "seeds");
    CHECK(seeds != NULL && seeds->len > 0);
    for (size_t i = 0; seeds != NULL && i < seeds->len; i++) {
        static const char *const choices[] = {"a", "b", "c"};
        static const char *const lists[] = {"next", "uniform", "integer", "huge", "choice", "log_uniform"};
        uint64_t seed = strtoull(rush_json_find(&seeds->items[i], "seed")->text.bytes, NULL, 10);
        for (int which = 0; which < 6; which++) {
            rush_rng_t rng = rush_rng_seeded(seed);
            const rush_json_t *list = rush_json_find(&seeds->items[i], lists[which]);
            for (size_t j = 0; j < list->len; j++) {
                const rush_json_t *known = &list->items[j];
                if (which == 0) CHECK(rush_random_bits(&rng) == strtoull(known->text.bytes, NULL, 10));
                if (which == 1) CHECK(rush_uniform(&rng, -5, 10) == known->number);
                if (which == 2) CHECK(rush_integer(&rng, -3, 17) == known->integer);
                if (which == 3) CHECK(rush_integer(&rng, INT64_MIN, INT64_MAX) == strtoll(known->text.bytes, NULL, 10));
                if (which == 4) CHECK(rush_text_is(known->text, choices[rush_choice(&rng, 3)]));
                if (which == 5) CHECK(fabs(rush_log_uniform(&rng, 0.001, 10) / known->number - 1) < 1e-14);
            }
        }
    }
    rush_json_free(json);
}

static void a_span_of_nothing_draws_nothing(void) {
    rush_rng_t rng = rush_rng_seeded(1), same = rng;
    CHECK(rush_integer(&rng, 5, 5) == 5 && rush_choice(&rng, 1) == 0 && rush_random_bits(&rng) == rush_random_bits(&same));
}

/* ---- Calls -------------------------------------------------------------------------------------------------------------------- */

static void keys_are_given_or_freed(void) {
    rush_fields_t xs[3] = {{0}, {0}, {0}};
    rush_texts_t keys;
    rush_text_t key;
    rush_add_number(&xs[0], "x1", 0.5);
    CHECK(succeeds(rush_push_running(xs, NULL, 3, &keys)) && keys.len == 3 && strcmp(keys.items[2].bytes, "key") == 0);
    rush_texts_free(&keys);
    CHECK(succeeds(rush_push_running(xs, xs, 3, NULL)) && succeeds(rush_push_running(xs, NULL, 0, NULL)));
    CHECK(succeeds(rush_push_one(xs, NULL, &key)) && succeeds(rush_finish_one(key, xs, NULL, NULL)));
    rush_text_free(&key);
    rush_fields_free(&xs[0]);
}

static void errors_of_the_host_have_kinds(void) {
    rush_fields_t xs = {0};
    fake.refusals = 1, fake.refusal = RUSH_WORKER_TYPES_ERROR_LOST_OWNERSHIP;
    CHECK(fails(rush_push_one(&xs, NULL, NULL), RUSH_ERROR_LOST_OWNERSHIP, "refused"));
    fake.refusals = 1, fake.refusal = RUSH_WORKER_TYPES_ERROR_BUDGET_EXHAUSTED, fake.remaining = 3;
    rush_error_t *error = rush_push_one(&xs, NULL, NULL);
    CHECK(error != RUSH_OK && error->kind == RUSH_ERROR_BUDGET_EXHAUSTED && error->remaining == 3);
    rush_error_free(error);
}

static void what_fits_is_pushed(void) {
    rush_fields_t xs[3] = {{0}, {0}, {0}};
    rush_texts_t keys;
    fake.refusals = 1, fake.refusal = RUSH_WORKER_TYPES_ERROR_BUDGET_EXHAUSTED, fake.remaining = 2;
    CHECK(succeeds(rush_push_running_what_fits(xs, NULL, 3, &keys)) && keys.len == 2 && fake.pushed == 2);
    rush_texts_free(&keys);
    /* Nothing happens for five seconds, and nobody works. */
    fake.refusals = 1000, fake.remaining = 0, fake.calls = 0;
    CHECK(succeeds(rush_push_running_what_fits(xs, NULL, 3, &keys)) && keys.len == 0 && fake.calls == 100);
    fake.refusal = RUSH_WORKER_TYPES_ERROR_STORAGE_FULL, fake.refusals = 500;
    CHECK(succeeds(rush_push_running_what_fits(xs, NULL, 3, &keys)) && keys.len == 3);
    rush_texts_free(&keys);
    fake.terminated = true, fake.refusals = 1;
    CHECK(succeeds(rush_push_running_what_fits(xs, NULL, 3, &keys)) && keys.len == 0);
    fake.terminated = false;
}

static void an_evaluation_settles_its_task(void) {
    rush_fields_t xs = {0};
    bool saved;
    rush_add_number(&xs, "x1", 0.5);
    fake.finished = fake.failed = 0;
    CHECK(succeeds(rush_evaluate_task(rush_text("key"), &xs, &saved)) && saved && fake.finished == 1);
    fake.evaluation_fails = true;
    CHECK(succeeds(rush_evaluate_task(rush_text("key"), &xs, &saved)) && !saved && fake.failed == 1);
    CHECK(strcmp(fake.condition, "it trapped") == 0);
    fake.evaluation_fails = false;
    fake.refusals = 1, fake.refusal = RUSH_WORKER_TYPES_ERROR_LIMIT_EXCEEDED;
    CHECK(succeeds(rush_evaluate_task(rush_text("key"), &xs, NULL)) && fake.failed == 2);
    CHECK(strcmp(fake.condition, "`ys` of the objective cannot be stored: refused") == 0);
    rush_fields_free(&xs);
}

static void columns_go_with_their_table(void) {
    static const rush_state_t finished[] = {RUSH_FINISHED};
    rush_table_t *table;
    const double *y, *again;
    const rush_factor_t *factor;
    CHECK(succeeds(rush_fetch(finished, 1, RUSH_PARTS_DEFAULT, &table)) && rush_table_len(table) == 2);
    fake.calls = 0;
    CHECK(succeeds(rush_table_numbers(table, "y", &y)) && succeeds(rush_table_numbers(table, "y", &again)));
    CHECK(y == again && y[1] == 2.5 && fake.calls == 1);
    CHECK(succeeds(rush_table_texts(table, "kernel", &factor)) && rush_text_is(factor->levels.items[0], "level"));
    CHECK(rush_text_is(rush_table_keys(table)[1], "key"));
    rush_table_free(table);
    CHECK(fake.dropped == 1);
    fake.refusals = 1, fake.refusal = RUSH_WORKER_TYPES_ERROR_INVALID;
    CHECK(fails(rush_fetch(finished, 1, RUSH_PARTS_DEFAULT, &table), RUSH_ERROR_INVALID, "refused"));
}

/* ---- Programs ----------------------------------------------------------------------------------------------------------------- */

static rush_error_t *objective(const rush_fields_t *xs, rush_fields_t *ys) {
    double x1;
    RUSH_TRY(rush_get_number(xs, "x1", &x1));
    if (x1 < 0) {
        rush_condition_t condition = rush_condition("domain", "x1 is %g", x1);
        rush_add_number(&condition.details, "x1", x1);
        return rush_raise(&condition);
    }
    if (x1 > 0) rush_add_text(ys, "y", x1 > 1 ? "\xff" : "fine");
    return RUSH_OK;
}

RUSH_OBJECTIVE(objective)

/* What the host sees of an evaluation: the text y, or the message of the condition. */
static bool evaluation_gives(double x1, bool fine, const char *text) {
    rush_fields_t xs = {0};
    rush_add_number(&xs, "x1", x1);
    /* As the host gives a list: exactly as long as it is. */
    xs.items = realloc(xs.items, xs.len * sizeof *xs.items);
    rush_worker_evaluator_result_fields_condition_t *result = rush_export_evaluate(xs.items, xs.len);
    rush_text_t seen = {(char *)"", 0};
    if (result->is_err) seen = rush_take_text(result->val.err.message);
    else if (result->val.ok.len > 0) seen = rush_take_text(result->val.ok.ptr[0].value.val.text);
    bool so = result->is_err == !fine && rush_text_is(seen, text);
    rush_export_evaluate_done(result);
    return so;
}

static rush_error_t *failing_loop(void) {
    return rush_error("that was \xff%s", "it");
}

RUSH_LOOP(failing_loop)

static void programs_give_their_results(void) {
    CHECK(evaluation_gives(0.5, true, "fine"));
    CHECK(evaluation_gives(0.0, true, ""));
    CHECK(evaluation_gives(-1.0, false, "x1 is -1"));
    CHECK(evaluation_gives(2.0, false, "the text `y` is not UTF-8"));
    struct { bool is_error; rush_text_t message; } *result = rush_export_run();
    CHECK(result->is_error && rush_text_is(result->message, "that was \xef\xbf\xbdit"));
    rush_export_run_done(result);
}

int main(int count, char **arguments) {
    fields_keep_what_they_are_given();
    getters_tell_missing_from_wrong();
    lists_of_either_kind_of_number_fit();
    texts_that_are_not_utf8_are_refused();
    json_is_read();
    what_is_not_json_is_refused();
    arguments_are_named_as_the_run_file_does();
    random_numbers_are_those_of_every_language(count > 1 ? arguments[1] : "../../random.json");
    a_span_of_nothing_draws_nothing();
    keys_are_given_or_freed();
    errors_of_the_host_have_kinds();
    what_fits_is_pushed();
    an_evaluation_settles_its_task();
    columns_go_with_their_table();
    programs_give_their_results();
    fprintf(stderr, failures == 0 ? "all kept\n" : "%d not kept\n", failures);
    return failures == 0 ? 0 : 1;
}
