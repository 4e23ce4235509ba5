/* What the loop and the objective of the conformance suite share. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rush_worker.h"

/* Every case of a value, as C writes it. */
static rush_fields_t literals(void) {
    static const int64_t integers[] = {INT64_MIN, -1, 0, 1, (INT64_C(1) << 53) + 1, INT64_MAX};
    static const double numbers[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, DBL_MIN, 5e-324, DBL_MAX, 0.1};
    rush_text_t texts[] = {rush_text(""), rush_text(" "), {(char *)"\0", 1}, rush_text("\n"), rush_text("\"quoted\""),
        rush_text("\u00e4\U0001f980\U0010ffff"), rush_text("NaN"), rush_text("null")};
    static const char *const number_names[] = {"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"};
    static uint8_t bytes[256];
    static char text[100001];
    for (int i = 0; i < 256; i++) bytes[i] = (uint8_t)i;
    memset(text, 'x', sizeof text - 1);

    rush_fields_t hard = {0};
    rush_add_null(&hard, "null");
    rush_add_boolean(&hard, "true", true);
    rush_add_boolean(&hard, "false", false);
    rush_add_integers(&hard, "integers", integers, 6);
    rush_add_integers(&hard, "no integers", NULL, 0);
    rush_add_numbers(&hard, "no numbers", NULL, 0);
    rush_add(&hard, rush_text("texts"), &(rush_value_t){.kind = RUSH_TEXTS, .as.texts = {texts, 8}});
    rush_add_texts(&hard, "no texts", NULL, 0);
    rush_add_bytes(&hard, "bytes", bytes, sizeof bytes);
    rush_add_bytes(&hard, "no bytes", NULL, 0);
    rush_add_json(&hard, "json", "{\"a\":[1,2.5,null,{\"b\":\"\u00e4\"}]}");
    rush_add_integer(&hard, "least", INT64_MIN);
    rush_add_integer(&hard, "greatest", INT64_MAX);
    rush_add_text(&hard, "", "under an empty name");
    rush_add_text(&hard, "a.b c/\U0001f980\n", "under a hard name");
    rush_add_text(&hard, "long", text);
    for (int i = 0; i < 9; i++) rush_add_number(&hard, number_names[i], numbers[i]);
    rush_add_numbers(&hard, "numbers", numbers, 9);
    return hard;
}

/* `data:NAME` for each of these names: the bytes of a file of the run file, or null. */
static void add_data(rush_fields_t *seen, rush_texts_t names) {
    for (size_t i = 0; i < names.len; i++) {
        rush_text_t name = rush_text_printf("data:%s", names.items[i].bytes);
        rush_bytes_t data;
        if (!rush_data(names.items[i].bytes, &data)) {
            rush_add_null(seen, name.bytes);
            continue;
        }
        rush_add_bytes(seen, name.bytes, data.items, data.len);
        rush_bytes_free(&data);
    }
}

static void say(const rush_fields_t *xs) {
    static const char *const levels[] = {"trace", "debug", "info", "warn", "error"};
    const rush_value_t *level = rush_find(xs, "level"), *logger = rush_find(xs, "logger"), *message = rush_find(xs, "message");
    for (int i = 0; i < 5; i++)
        if (rush_text_is(level->as.text, levels[i])) rush_log_text((rush_level_t)i, logger->as.text, message->as.text);
}
