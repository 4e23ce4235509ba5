/* Memory, and the end of a program that has none left. */
#include "internal.h"

_Noreturn void rush_panic(const char *message) {
    rush_log_text(RUSH_ERROR, rush_text("panic"), rush_text(message));
    __builtin_trap();
}

/* A program that goes on without the memory it asked for would only fail later, and say less about it. */
static void *checked(void *memory) {
    if (memory == NULL) rush_panic("ran out of memory: raise `limits.memory` in the run file");
    return memory;
}

void *rush_allocate(size_t len, size_t size) {
    return len == 0 || size == 0 ? NULL : checked(calloc(len, size));
}

void *rush_grow(void *items, size_t len, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(len, size, &bytes)) rush_panic("made a list longer than memory can be");
    return checked(realloc(items, bytes));
}

/*
 * Where the host puts what it gives. Takes the place of the generated (weak) one, to leave room for a NUL behind everything, so that
 * each text is a C string, too. What is empty shares one NUL, which nobody frees: lists of length 0 own nothing.
 */
void *cabi_realloc(void *memory, size_t old_size, size_t align, size_t new_size);

#ifdef __wasm__
__attribute__((__export_name__("cabi_realloc")))
#endif
void *cabi_realloc(void *memory, size_t old_size, size_t align, size_t new_size) {
    static _Alignas(16) char nothing[16];
    (void)align; /* malloc aligns to 16 bytes, and nothing in the contract needs more */
    if (new_size == 0) return nothing;
    if (old_size == 0) memory = NULL;
    char *room = rush_grow(memory, new_size + 1, 1);
    room[new_size] = '\0';
    return room;
}

/* The generated code wants an object file linked that says which world it is; `wasm-tools component embed` says that here. */
void __component_type_object_force_link_rush_bindings(void);
void __component_type_object_force_link_rush_bindings(void) {}
