/* A worker loop: random search with any number of parameters, for any objective. */
#include <math.h>
#include <stdlib.h>

#include "rush_worker.h"

/* As many parameters as the run file has bounds: a name, a lower and an upper bound for each. */
typedef struct { size_t len; rush_texts_t names; rush_numbers_t lower, upper; } space_t;

/* [loop.args] of the run file: `lower`, `upper`, and perhaps `names`, which are x1, x2, ... otherwise. */
static rush_error_t *read_space(space_t *space) {
    static const char *const known[] = {"lower", "upper", "names"};
    const rush_json_t *args = rush_args();
    RUSH_TRY(rush_json_only(args, known, 3));
    RUSH_TRY(rush_json_numbers(args, "lower", &space->lower));
    RUSH_TRY(rush_json_numbers(args, "upper", &space->upper));
    size_t len = space->len = space->lower.len;
    if (space->upper.len != len)
        return rush_error("`loop.args.lower` has %zu elements, `loop.args.upper` has %zu: give one of each for every parameter", len,
            space->upper.len);
    if (len == 0)
        return rush_error("`loop.args.lower` and `loop.args.upper` are empty: give one of each for every parameter of the objective");
    if (rush_json_find(args, "names") != NULL) {
        RUSH_TRY(rush_json_texts(args, "names", &space->names));
        if (space->names.len != len)
            return rush_error("`loop.args.names` has %zu elements, the bounds have %zu", space->names.len, len);
    } else {
        space->names = (rush_texts_t){calloc(len, sizeof(rush_text_t)), len};
        for (size_t i = 0; i < len; i++) space->names.items[i] = rush_text_printf("x%zu", i + 1);
    }
    for (size_t i = 0; i < len; i++) {
        const char *name = space->names.items[i].bytes;
        double from = space->lower.items[i], to = space->upper.items[i];
        if (!isfinite(to - from))
            return rush_error("the bounds of `%s` must be finite, and not further apart than a number can say: %g to %g", name, from, to);
        if (from > to) return rush_error("the bounds of `%s` are reversed: %g exceeds %g", name, from, to);
    }
    return RUSH_OK;
}

/* What every worker runs: it draws points and has them evaluated, until it is told to end. */
static rush_error_t *random_search(void) {
    space_t space = {0};
    rush_fields_t xs = {0};
    RUSH_TRY(read_space(&space));
    rush_log_info("random-search", "draws points of %zu parameters", space.len);
    while (!rush_terminated()) {
        rush_fields_clear(&xs);
        for (size_t i = 0; i < space.len; i++)
            rush_add_number(&xs, space.names.items[i].bytes, rush_uniform(rush_rng(), space.lower.items[i], space.upper.items[i]));
        /* The task is running from here on, and others see it. No key: there is no room for another, and the run is over. */
        rush_texts_t keys;
        RUSH_TRY(rush_push_running_what_fits(&xs, NULL, 1, &keys));
        if (keys.len == 0) break;
        /* Finishes the task, or fails it if the objective does. */
        RUSH_TRY(rush_evaluate_task(keys.items[0], &xs, NULL));
        rush_texts_free(&keys);
    }
    return RUSH_OK;
}

RUSH_LOOP(random_search)
