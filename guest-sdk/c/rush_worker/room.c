/* Waiting for room: in the exact budget of a run, and in Redis. */
#include "internal.h"

/* After so many refusals in a row without any change and without a running task, nobody works on what is queued: five seconds,
 * because the host takes a moment for each. */
enum { PATIENCE = 100 };

rush_error_t *rush_when_there_is_room(rush_error_t *(*call)(void *state), void *state, bool *done) {
    rush_counts_t last = {UINT64_MAX, 0, 0, 0};
    int looks = 0;
    bool again = true;
    *done = false;
    while (true) {
        rush_error_t *error = call(state);
        if (error == RUSH_OK) {
            *done = true;
            return RUSH_OK;
        }
        bool budget = error->kind == RUSH_ERROR_BUDGET_EXHAUSTED;
        if (!budget && error->kind != RUSH_ERROR_STORAGE_FULL) return error;
        if (budget && error->remaining > 0) {
            /* A refusal that was sent twice may tell of a place that became free in between. */
            if (!again) return error;
            again = false;
            rush_error_free(error);
            continue;
        }
        rush_error_free(error);
        if (rush_terminated()) return RUSH_OK;
        if (budget) {
            rush_counts_t now;
            RUSH_TRY(rush_count(&now));
            bool quiet = now.running == 0 && now.queued == last.queued && now.finished == last.finished && now.failed == last.failed;
            looks = quiet ? looks + 1 : 1;
            last = now;
            if (looks >= PATIENCE) return RUSH_OK;
        }
        again = true;
    }
}

typedef struct { const rush_fields_t *xs, *extra; size_t len; rush_texts_t *keys; } fitting_t;

static rush_error_t *push_fitting(void *state) {
    fitting_t fitting = *(fitting_t *)state;
    while (true) {
        rush_error_t *error = rush_push_running(fitting.xs, fitting.extra, fitting.len, fitting.keys);
        if (error == RUSH_OK || error->kind != RUSH_ERROR_BUDGET_EXHAUSTED || error->remaining == 0) return error;
        if (error->remaining < fitting.len) fitting.len = (size_t)error->remaining;
        rush_error_free(error);
    }
}

rush_error_t *rush_push_running_what_fits(
    const rush_fields_t *xs, const rush_fields_t *extra, size_t len, rush_texts_t *keys) {
    fitting_t fitting = {xs, extra, len, keys};
    bool done;
    *keys = (rush_texts_t){NULL, 0};
    return rush_when_there_is_room(push_fitting, &fitting, &done);
}
