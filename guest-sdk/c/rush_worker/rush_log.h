/*
 * Messages for whoever runs the network. `logger` is a path such as "mlr3/rush": the run file says of which loggers messages are
 * stored, and from which level on. The host never makes the program wait, and cuts what is longer than 64 KiB.
 *
 *     rush_log_info("random-search", "draws points between %g and %g", lower, upper);
 *
 * printf and fprintf(stderr, ...) arrive there, too, line by line, as loggers "stdout" (info) and "stderr" (warn); so does what
 * assert says before it ends the program. They cost no file, and no import of WASI: see stdio.c.
 */
#ifndef RUSH_LOG_H
#define RUSH_LOG_H

#include "rush_values.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rush_level { RUSH_TRACE, RUSH_DEBUG, RUSH_INFO, RUSH_WARN, RUSH_ERROR } rush_level_t;

void rush_log(rush_level_t level, const char *logger, const char *format, ...) __attribute__((__format__(__printf__, 3, 4)));
/* A message as it is. */
void rush_log_text(rush_level_t level, rush_text_t logger, rush_text_t message);

#define rush_log_trace(logger, ...) rush_log(RUSH_TRACE, logger, __VA_ARGS__)
#define rush_log_debug(logger, ...) rush_log(RUSH_DEBUG, logger, __VA_ARGS__)
#define rush_log_info(logger, ...) rush_log(RUSH_INFO, logger, __VA_ARGS__)
#define rush_log_warn(logger, ...) rush_log(RUSH_WARN, logger, __VA_ARGS__)
#define rush_log_error(logger, ...) rush_log(RUSH_ERROR, logger, __VA_ARGS__)

#ifdef __cplusplus
}
#endif
#endif
