/* The Branin function, a benchmark of global optimisation: two parameters, three global minima of 0.397887. */
#include <math.h>

#include "rush_worker.h"

#define PI 3.14159265358979323846

static double branin(double x1, double x2) {
    double valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    return valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * cos(x1) + 10.0;
}

static rush_error_t *objective(const rush_fields_t *xs, rush_fields_t *ys) {
    double x1, x2;
    RUSH_TRY(rush_get_number(xs, "x1", &x1));
    RUSH_TRY(rush_get_number(xs, "x2", &x2));
    rush_add_number(ys, "y", branin(x1, x2));
    return RUSH_OK;
}

RUSH_OBJECTIVE(objective)
