/* Evaluates what the conformance suite asks for: the objective of the suite in C. */
#include "../literals.h"

static rush_condition_t condition_of(const rush_fields_t *xs) {
    const rush_value_t *message = rush_find(xs, "message"), *kind = rush_find(xs, "kind");
    rush_condition_t condition = {rush_text_copy(kind == NULL ? rush_text("error") : kind->as.text),
        rush_text_copy(message == NULL ? rush_text("no message") : message->as.text), {0}};
    for (size_t i = 0; i < xs->len; i++) {
        rush_text_t name = xs->items[i].name;
        if (name.len < 8 || memcmp(name.bytes, "details.", 8) != 0) continue;
        rush_add(&condition.details, (rush_text_t){name.bytes + 8, name.len - 8}, &xs->items[i].value);
    }
    return condition;
}

static rush_error_t *evaluate(const rush_fields_t *xs, rush_fields_t *ys) {
    const rush_text_t *call;
    RUSH_TRY(rush_get_text(xs, "call", &call));
    if (rush_text_is(*call, "echo")) {
        for (size_t i = 0; i < xs->len; i++)
            if (!rush_text_is(xs->items[i].name, "call")) rush_add(ys, xs->items[i].name, &xs->items[i].value);
    } else if (rush_text_is(*call, "literals")) {
        *ys = literals();
    } else if (rush_text_is(*call, "fail")) {
        rush_condition_t condition = condition_of(xs);
        return rush_raise(&condition);
    } else if (rush_text_is(*call, "context")) {
        const rush_value_t *names = rush_find(xs, "names");
        rush_text_t args = rush_args_text(), seed = rush_text_printf("%llu", (unsigned long long)rush_seed());
        rush_add_json(ys, "args", args.bytes);
        rush_add_text(ys, "seed", seed.bytes);
        if (names != NULL && names->kind == RUSH_TEXTS) add_data(ys, names->as.texts);
        rush_text_free(&args);
        rush_text_free(&seed);
    } else if (rush_text_is(*call, "log")) {
        say(xs);
    } else if (rush_text_is(*call, "trap")) {
        const rush_value_t *message = rush_find(xs, "message");
        rush_log_text(RUSH_ERROR, rush_text("panic"), message == NULL ? rush_text("") : message->as.text);
        abort();
    } else {
        return rush_error("there is no call `%s`", call->bytes);
    }
    return RUSH_OK;
}

RUSH_OBJECTIVE(evaluate)
