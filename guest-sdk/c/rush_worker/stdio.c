/*
 * Standard output and error without WASI: what printf, fputs and assert write goes to the log, line by line. The C library reaches
 * for a file system through imports of the names below; since these are functions of the program instead, a component has no import
 * of WASI, and needs no adapter. What is not printed with is not linked.
 *
 * Compile with -DRUSH_WASI to have the real ones: a program that opens files, which the run file must grant. It needs the adapter
 * that the README names.
 */
#if defined(__wasm__) && !defined(RUSH_WASI)
#include "internal.h"

#include <stdio.h>

/* What WASI calls these. */
enum { SUCCESS = 0, BAD_DESCRIPTOR = 8, ILLEGAL_SEEK = 70 };

typedef struct { const char *bytes; size_t len; } piece_t;
typedef struct { char bytes[4096]; size_t len; } line_t;

static line_t lines[2];

static void tell(int stream) {
    line_t *line = &lines[stream];
    if (line->len == 0) return;
    rush_text_t message = {line->bytes, line->len};
    rush_log_text(stream == 0 ? RUSH_INFO : RUSH_WARN, rush_text(stream == 0 ? "stdout" : "stderr"), message);
    line->len = 0;
}

static void tell_both(void) {
    tell(0);
    tell(1);
}

/* A symbol of the C library, declared there as an import. */
#define IMPORTED(name) __imported_wasi_snapshot_preview1_##name
int32_t IMPORTED(fd_write)(int32_t fd, int32_t pieces, int32_t len, int32_t written);
int32_t IMPORTED(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t position);
int32_t IMPORTED(fd_fdstat_get)(int32_t fd, int32_t stat);
_Noreturn void IMPORTED(proc_exit)(int32_t code);

int32_t IMPORTED(fd_write)(int32_t fd, int32_t pieces_at, int32_t len, int32_t written_at) {
    if (fd != 1 && fd != 2) return BAD_DESCRIPTOR;
    rush_tell_lines = tell_both;
    const piece_t *pieces = (const piece_t *)(uintptr_t)(uint32_t)pieces_at;
    line_t *line = &lines[fd - 1];
    size_t written = 0;
    for (int32_t i = 0; i < len; i++) {
        for (size_t j = 0; j < pieces[i].len; j++) {
            char byte = pieces[i].bytes[j];
            if (byte != '\n') line->bytes[line->len++] = byte;
            if (byte == '\n' || line->len == sizeof line->bytes) tell(fd - 1);
        }
        written += pieces[i].len;
    }
    *(size_t *)(uintptr_t)(uint32_t)written_at = written;
    return SUCCESS;
}

/* Of the C library itself: what zig puts in its place there imports from WASI by another name. */
int close(int fd);
int close(int fd) {
    (void)fd;
    return 0;
}

int32_t IMPORTED(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t position) {
    (void)fd, (void)offset, (void)whence, (void)position;
    return ILLEGAL_SEEK;
}

/* A terminal, as far as the C library is concerned: then it hands over each line when it is complete. */
int32_t IMPORTED(fd_fdstat_get)(int32_t fd, int32_t stat_at) {
    if (fd < 0 || fd > 2) return BAD_DESCRIPTOR;
    uint8_t *stat = (uint8_t *)(uintptr_t)(uint32_t)stat_at;
    memset(stat, 0, 24);
    stat[0] = 2; /* a character device ... */
    return SUCCESS; /* ... with no rights, so one that cannot seek */
}

_Noreturn void IMPORTED(proc_exit)(int32_t code) {
    tell_both();
    char message[64];
    snprintf(message, sizeof message, "called exit(%d)", (int)code);
    rush_panic(message);
}
#endif
