/* Who this worker is, and what the run file gives. */
#include "internal.h"

/* Asked once: it never changes. */
static const char *kept(rush_text_t *text, void (*ask)(rush_bindings_string_t *)) {
    if (text->bytes == NULL) {
        rush_bindings_string_t answer;
        ask(&answer);
        *text = rush_take_text(answer);
    }
    return text->bytes;
}

const char *rush_id(void) {
    static rush_text_t id;
    return kept(&id, rush_worker_worker_id);
}

const char *rush_network_id(void) {
    static rush_text_t id;
    return kept(&id, rush_worker_worker_network_id);
}

bool rush_terminated(void) {
    return rush_worker_worker_terminated();
}

rush_error_t *rush_running_workers(rush_texts_t *ids) {
    rush_bindings_list_string_t answer;
    rush_worker_types_error_t error;
    if (!rush_worker_worker_running_workers(&answer, &error)) return rush_take_error(error);
    *ids = rush_take_texts(answer);
    return RUSH_OK;
}

static const char *args_name = "args";

void rush_args_are(const char *name) {
    args_name = name;
}

rush_text_t rush_args_text(void) {
    rush_bindings_string_t answer;
    rush_worker_context_args(&answer);
    return rush_take_text(answer);
}

const rush_json_t *rush_args(void) {
    static rush_json_t *args;
    if (args == NULL) {
        rush_text_t text = rush_args_text();
        rush_error_t *error = rush_json_read(text, &args);
        /* The host writes these itself, so it is no error that a program could act on. */
        if (error != RUSH_OK) rush_panic(rush_text_printf("was given arguments that are %s", error->message.bytes).bytes);
        rush_text_free(&text);
        rush_text_free(&args->name);
        args->name = rush_text_copy(rush_text(args_name));
    }
    return args;
}

bool rush_data(const char *name, rush_bytes_t *data) {
    rush_bindings_string_t lent = rush_lend_text(rush_text(name));
    rush_bindings_list_u8_t answer;
    if (!rush_is_utf8(rush_text(name)) || !rush_worker_context_data(&lent, &answer)) return false;
    *data = (rush_bytes_t){answer.ptr, answer.len};
    return true;
}

uint64_t rush_seed(void) {
    return rush_worker_context_seed();
}
