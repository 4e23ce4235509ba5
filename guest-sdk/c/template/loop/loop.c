/* A worker loop: random search on the Branin function. */
#include <math.h>

#include "rush_worker.h"

#define PI 3.14159265358979323846

/* The Branin function, a benchmark of global optimisation. Its least value is 0.397887. */
static double branin(double x1, double x2) {
    double valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    return valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * cos(x1) + 10.0;
}

/* Two parameters: a name, a lower and an upper bound for each. */
typedef struct { const char *names[2]; double lower[2], upper[2]; } space_t;

/* [loop.args] of the run file: `lower`, `upper`, and perhaps `names`. */
static rush_error_t *read_space(space_t *space) {
    static const char *const known[] = {"lower", "upper", "names"};
    static const char *const default_names[] = {"x1", "x2"};
    const rush_json_t *args = rush_args();
    rush_numbers_t lower, upper;
    rush_texts_t names = {0};
    RUSH_TRY(rush_json_only(args, known, 3));
    RUSH_TRY(rush_json_numbers(args, "lower", &lower));
    RUSH_TRY(rush_json_numbers(args, "upper", &upper));
    bool named = rush_json_find(args, "names") != NULL;
    if (named) RUSH_TRY(rush_json_texts(args, "names", &names));
    if (lower.len != 2 || upper.len != 2 || (named && names.len != 2))
        return rush_error("the Branin function has two parameters: `loop.args` must have two of each");
    for (int i = 0; i < 2; i++) {
        const char *name = space->names[i] = named ? names.items[i].bytes : default_names[i];
        double from = space->lower[i] = lower.items[i], to = space->upper[i] = upper.items[i];
        if (!isfinite(to - from))
            return rush_error("the bounds of `%s` must be finite, and not further apart than a number can say: %g to %g", name, from, to);
        if (from > to) return rush_error("the bounds of `%s` are reversed: %g exceeds %g", name, from, to);
    }
    return RUSH_OK;
}

/* What every worker runs: it draws points and evaluates them, until it is told to end. */
static rush_error_t *random_search(void) {
    space_t space;
    rush_fields_t xs = {0}, ys = {0};
    RUSH_TRY(read_space(&space));
    while (!rush_terminated()) {
        double x[2];
        rush_fields_clear(&xs);
        for (int i = 0; i < 2; i++) {
            x[i] = rush_uniform(rush_rng(), space.lower[i], space.upper[i]);
            rush_add_number(&xs, space.names[i], x[i]);
        }
        /* The task is running from here on, and others see it. No key: there is no room for another, and the run is over. */
        rush_texts_t keys;
        RUSH_TRY(rush_push_running_what_fits(&xs, NULL, 1, &keys));
        if (keys.len == 0) break;
        rush_fields_clear(&ys);
        rush_add_number(&ys, "y", branin(x[0], x[1]));
        RUSH_TRY(rush_finish(keys.items, &ys, NULL, 1, NULL));
        rush_texts_free(&keys);
    }
    return RUSH_OK;
}

RUSH_LOOP(random_search)
