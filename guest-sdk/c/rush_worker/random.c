/* Random numbers: xoshiro256++ of Blackman and Vigna, seeded by their splitmix64. */
#include "internal.h"

#include <math.h>

rush_rng_t rush_rng_seeded(uint64_t seed) {
    rush_rng_t rng;
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        rng.state[i] = z ^ (z >> 31);
    }
    return rng;
}

rush_rng_t *rush_rng(void) {
    static rush_rng_t rng;
    static bool seeded;
    if (!seeded) {
        rng = rush_rng_seeded(rush_seed());
        seeded = true;
    }
    return &rng;
}

static uint64_t rotated(uint64_t bits, int by) {
    return (bits << by) | (bits >> (64 - by));
}

uint64_t rush_random_bits(rush_rng_t *rng) {
    uint64_t *s = rng->state;
    uint64_t bits = rotated(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 45);
    return bits;
}

/* What a program should have told before, since it knows the names of its parameters: there is no number to give back. */
static void check(bool kept, const char *wrong, double lower, double upper) {
    if (!kept) rush_panic(rush_text_printf("draws between bounds that are %s: %g to %g", wrong, lower, upper).bytes);
}

static void check_bounds(double lower, double upper) {
    check(isfinite(upper - lower), "not finite, or further apart than a number can say", lower, upper);
    check(lower <= upper, "reversed", lower, upper);
}

double rush_uniform(rush_rng_t *rng, double lower, double upper) {
    check_bounds(lower, upper);
    return lower + (upper - lower) * ((double)(rush_random_bits(rng) >> 11) * 0x1p-53);
}

int64_t rush_integer(rush_rng_t *rng, int64_t lower, int64_t upper) {
    check(lower <= upper, "reversed", (double)lower, (double)upper);
    if (lower == upper) return lower;
    uint64_t span = (uint64_t)upper - (uint64_t)lower;
    uint64_t mask = UINT64_MAX >> __builtin_clzll(span);
    uint64_t drawn;
    do drawn = rush_random_bits(rng) & mask;
    while (drawn > span);
    return (int64_t)((uint64_t)lower + drawn);
}

double rush_log_uniform(rush_rng_t *rng, double lower, double upper) {
    check_bounds(lower, upper);
    check(lower > 0, "not positive", lower, upper);
    return fmin(fmax(exp(rush_uniform(rng, log(lower), log(upper))), lower), upper);
}

size_t rush_choice(rush_rng_t *rng, size_t len) {
    return (size_t)rush_integer(rng, 0, (int64_t)len - 1);
}
