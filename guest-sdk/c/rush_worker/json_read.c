/*
 * Reading JSON (RFC 8259) into a tree.
 *
 * Why not a library: arguments need exact 64-bit integers, lists by path, and errors in the words of the run file. cJSON keeps
 * every number as a double, jsmn gives tokens only; what would be left to write around either is longer than this.
 */
#include "internal.h"

#include <errno.h>

/* Deeper documents are refused, before they use up the stack. */
enum { DEEPEST = 200 };

typedef struct { const char *start, *at, *end; int depth; } reader_t;

static rush_error_t *unexpected(const reader_t *reader, const char *wanted) {
    return rush_error_of_kind(
        RUSH_ERROR_INVALID, "not JSON: expected %s at byte %zu", wanted, (size_t)(reader->at - reader->start));
}

static void skip_space(reader_t *reader) {
    while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) != NULL && *reader->at != '\0') reader->at++;
}

static bool next_is(reader_t *reader, char wanted) {
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != wanted) return false;
    reader->at++;
    return true;
}

static bool next_word(reader_t *reader, const char *word) {
    size_t len = strlen(word);
    if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0) return false;
    reader->at += len;
    return true;
}

static bool read_hex(reader_t *reader, uint32_t *code) {
    if (reader->end - reader->at < 4) return false;
    *code = 0;
    for (int i = 0; i < 4; i++, reader->at++) {
        char c = *reader->at;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return false;
        *code = *code * 16 + (uint32_t)digit;
    }
    return true;
}

/* What follows `\u`: one character, perhaps of two halves. */
static bool read_escaped_code(reader_t *reader, uint32_t *code) {
    uint32_t low;
    if (!read_hex(reader, code)) return false;
    if (*code < 0xd800 || *code > 0xdfff) return true;
    if (*code > 0xdbff || !next_word(reader, "\\u") || !read_hex(reader, &low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return false;
    *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
    return true;
}

static char *put_character(char *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = (char)code;
    } else {
        if (code < 0x800) {
            *to++ = (char)(0xc0 | code >> 6);
        } else {
            if (code < 0x10000) {
                *to++ = (char)(0xe0 | code >> 12);
            } else {
                *to++ = (char)(0xf0 | code >> 18);
                *to++ = (char)(0x80 | (code >> 12 & 0x3f));
            }
            *to++ = (char)(0x80 | (code >> 6 & 0x3f));
        }
        *to++ = (char)(0x80 | (code & 0x3f));
    }
    return to;
}

/* The text whose opening quote was read, into room for its escaped form, which is never shorter. */
static char *unescape(reader_t *reader, char *to) {
    while (reader->at < reader->end && *reader->at != '"') {
        char c = *reader->at++;
        if ((unsigned char)c < 0x20) return NULL;
        if (c != '\\') {
            *to++ = c;
            continue;
        }
        if (reader->at == reader->end) return NULL;
        static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
        char escape = *reader->at++;
        const char *found = escape == '\0' ? NULL : strchr(escapes, escape);
        uint32_t code = 0;
        if (found != NULL) code = (unsigned char)meanings[found - escapes];
        else if (escape != 'u' || !read_escaped_code(reader, &code)) return NULL;
        to = put_character(to, code);
    }
    return reader->at++ < reader->end ? to : NULL;
}

/* How long a text is in its escaped form: up to the quote that ends it. */
static size_t escaped_len(const reader_t *reader) {
    const char *at = reader->at;
    while (at < reader->end && *at != '"') at += *at == '\\' && at + 1 < reader->end ? 2 : 1;
    return (size_t)(at - reader->at);
}

static rush_error_t *read_text(reader_t *reader, rush_text_t *text) {
    if (!next_is(reader, '"')) return unexpected(reader, "a text");
    char *room = rush_grow(NULL, escaped_len(reader) + 1, 1);
    char *end = unescape(reader, room);
    if (end != NULL) *text = rush_text_copy((rush_text_t){room, (size_t)(end - room)});
    free(room);
    return end == NULL ? unexpected(reader, "the rest of a text") : RUSH_OK;
}

static void skip_digits(reader_t *reader) {
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') reader->at++;
}

static rush_error_t *read_number(reader_t *reader, rush_json_t *json) {
    const char *start = reader->at;
    if (*start == '-') reader->at++;
    const char *digits = reader->at;
    skip_digits(reader);
    bool fine = reader->at > digits && (*digits != '0' || reader->at == digits + 1);
    json->is_integer = true;
    if (fine && next_word(reader, ".")) {
        json->is_integer = false;
        digits = reader->at;
        skip_digits(reader);
        fine = reader->at > digits;
    }
    if (fine && (next_word(reader, "e") || next_word(reader, "E"))) {
        json->is_integer = false;
        if (!next_word(reader, "+")) next_word(reader, "-");
        digits = reader->at;
        skip_digits(reader);
        fine = reader->at > digits;
    }
    if (!fine) return unexpected(reader, "a digit");
    /* A C string, so that the C library reads no further than this. */
    rush_text_t number = rush_text_copy((rush_text_t){(char *)start, (size_t)(reader->at - start)});
    json->kind = RUSH_JSON_NUMBER;
    json->number = strtod(number.bytes, NULL);
    errno = 0;
    if (json->is_integer) json->integer = strtoll(number.bytes, NULL, 10);
    if (errno != 0) json->is_integer = false;
    rush_text_free(&number);
    return RUSH_OK;
}

static rush_error_t *read_value(reader_t *reader, rush_json_t *json);

/* The elements of a list or the members of an object, whose opening bracket was read. */
static rush_error_t *read_items(reader_t *reader, rush_json_t *json, bool named) {
    char closing = named ? '}' : ']';
    json->kind = named ? RUSH_JSON_OBJECT : RUSH_JSON_LIST;
    if (next_is(reader, closing)) return RUSH_OK;
    size_t capacity = 0;
    do {
        if (json->len == capacity) {
            capacity = capacity == 0 ? 4 : 2 * capacity;
            json->items = rush_grow(json->items, capacity, sizeof *json->items);
        }
        rush_json_t *item = &json->items[json->len++];
        memset(item, 0, sizeof *item);
        if (named) {
            RUSH_TRY(read_text(reader, &item->name));
            if (!next_is(reader, ':')) return unexpected(reader, "a colon");
        }
        RUSH_TRY(read_value(reader, item));
    } while (next_is(reader, ','));
    return next_is(reader, closing) ? RUSH_OK : unexpected(reader, named ? "a comma or `}`" : "a comma or `]`");
}

static rush_error_t *read_value(reader_t *reader, rush_json_t *json) {
    if (next_is(reader, '{') || next_is(reader, '[')) {
        if (++reader->depth > DEEPEST) return unexpected(reader, "less nesting");
        rush_error_t *error = read_items(reader, json, reader->at[-1] == '{');
        reader->depth--;
        return error;
    }
    if (reader->at == reader->end) return unexpected(reader, "a value");
    char c = *reader->at;
    if (c == '"') {
        json->kind = RUSH_JSON_TEXT;
        return read_text(reader, &json->text);
    }
    if (c == '-' || (c >= '0' && c <= '9')) return read_number(reader, json);
    json->kind = RUSH_JSON_BOOLEAN;
    json->boolean = next_word(reader, "true");
    if (json->boolean || next_word(reader, "false")) return RUSH_OK;
    json->kind = RUSH_JSON_NULL;
    return next_word(reader, "null") ? RUSH_OK : unexpected(reader, "a value");
}

rush_error_t *rush_json_read(rush_text_t text, rush_json_t **json) {
    if (!rush_is_utf8(text)) return rush_error_of_kind(RUSH_ERROR_INVALID, "not JSON: not UTF-8");
    reader_t reader = {text.bytes, text.bytes, text.bytes + text.len, 0};
    rush_json_t *root = rush_allocate(1, sizeof *root);
    rush_error_t *error = read_value(&reader, root);
    skip_space(&reader);
    if (error == RUSH_OK && reader.at < reader.end) error = unexpected(&reader, "the end");
    if (error == RUSH_OK) *json = root;
    else rush_json_free(root);
    return error;
}

static void free_below(rush_json_t *json) {
    for (size_t i = 0; i < json->len; i++) free_below(&json->items[i]);
    free(json->items);
    rush_text_free(&json->name);
    rush_text_free(&json->text);
}

void rush_json_free(rush_json_t *json) {
    if (json == NULL) return;
    free_below(json);
    free(json);
}
