/*
 * Who this worker is, and what the run file gives to a component. An objective has arguments, data and a seed, and nothing else of
 * this page.
 */
#ifndef RUSH_GIVEN_H
#define RUSH_GIVEN_H

#include "rush_errors.h"
#include "rush_json.h"
#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The id of this worker, and that of its network: C strings that stay. */
const char *rush_id(void);
const char *rush_network_id(void);
/* Whether the loop should end: somebody asked this worker to, or the stop condition of the run is met. Costs no round trip. */
bool rush_terminated(void);
/* The ids of the workers that run at the moment, this one among them. */
RUSH_MUST_USE rush_error_t *rush_running_workers(rush_texts_t *ids);

/* [loop.args] or [objective.args] of the run file: an object, perhaps empty. Read once; it stays. */
const rush_json_t *rush_args(void);
/* The same as JSON text, which is yours. */
rush_text_t rush_args_text(void);
/* A file of [loop.data] or [objective.data], byte for byte as it was when the worker was started; false if the run file does not
 * name it. Each call copies it into this program's memory. */
bool rush_data(const char *name, rush_bytes_t *data);
/* The seed of this worker: the run's seed and the worker's index make it. */
uint64_t rush_seed(void);

#ifdef __cplusplus
}
#endif
#endif
