/*
 * Random numbers, the same in every language for the same seed: xoshiro256++, seeded by splitmix64.
 *
 *     double x1 = rush_uniform(rush_rng(), -5.0, 10.0);
 */
#ifndef RUSH_RANDOM_H
#define RUSH_RANDOM_H

#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rush_rng { uint64_t state[4]; } rush_rng_t;

/* A generator of its own. */
rush_rng_t rush_rng_seeded(uint64_t seed);
/* The generator of this worker or objective, seeded with rush_seed(): one stream, which goes on with every call. */
rush_rng_t *rush_rng(void);

/* 64 random bits, which all others are made of. */
uint64_t rush_random_bits(rush_rng_t *rng);
/*
 * Bounds that are reversed, not finite, or further apart than a number can say end the program, with a message: a loop checks those
 * of its arguments before, as the templates do.
 */

/* A number, evenly between the bounds. */
double rush_uniform(rush_rng_t *rng, double lower, double upper);
/* An integer, each of lower ... upper (both included) as likely as the others. */
int64_t rush_integer(rush_rng_t *rng, int64_t lower, int64_t upper);
/* A number, evenly on the log scale; both bounds are above 0. Between languages its last digit may differ. */
double rush_log_uniform(rush_rng_t *rng, double lower, double upper);
/* The place of an element in a list of so many, which has one at least: kernels[rush_choice(rng, 3)]. */
size_t rush_choice(rush_rng_t *rng, size_t len);

#ifdef __cplusplus
}
#endif
#endif
