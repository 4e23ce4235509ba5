/* Messages. */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>

void rush_log_text(rush_level_t level, rush_text_t logger, rush_text_t message) {
    bool valid = rush_is_utf8(logger) && rush_is_utf8(message);
    rush_text_t logger_copy = valid ? logger : rush_utf8_copy(logger);
    rush_text_t message_copy = valid ? message : rush_utf8_copy(message);
    rush_bindings_string_t lent_logger = rush_lend_text(logger_copy), lent_message = rush_lend_text(message_copy);
    rush_worker_log_log((rush_worker_log_level_t)level, &lent_logger, &lent_message);
    if (valid) return;
    rush_text_free(&logger_copy);
    rush_text_free(&message_copy);
}

void rush_log(rush_level_t level, const char *logger, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    char brief[256];
    int len = vsnprintf(brief, sizeof brief, format, arguments);
    if (len >= 0 && (size_t)len < sizeof brief) {
        rush_log_text(level, rush_text(logger), (rush_text_t){brief, (size_t)len});
    } else if (len >= 0) {
        char *message = rush_grow(NULL, (size_t)len + 1, 1);
        vsnprintf(message, (size_t)len + 1, format, again);
        rush_log_text(level, rush_text(logger), (rush_text_t){message, (size_t)len});
        free(message);
    }
    va_end(again);
    va_end(arguments);
}
