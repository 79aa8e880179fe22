#ifndef CJSON_H
#define CJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// simdjson is C++ with templates, which Swift cannot import without C++ interoperability in every
/// dependent target; this is the part of it that the agent needs, as C. Nothing here throws.
typedef struct cjson_parser cjson_parser;

/// What became of one document.
typedef enum {
    CJSON_OK = 0,
    CJSON_EMPTY,
    CJSON_SYNTAX,
    CJSON_NUMBER,
    CJSON_OVERFLOW,
    CJSON_STRING,
    CJSON_UNCLOSED,
    CJSON_CONTROL,
    CJSON_UTF8,
    CJSON_DEPTH,
    CJSON_MEMORY,
} cjson_status;

typedef enum {
    CJSON_NULL,
    CJSON_FALSE,
    CJSON_TRUE,
    CJSON_INTEGER,
    CJSON_REAL,
    CJSON_DIGITS,
    CJSON_TEXT,
    CJSON_ARRAY,
    CJSON_OBJECT,
} cjson_kind;

/// One value of a document, in document order; a container is followed by what it holds.
typedef struct {
    /// The name of this field in the object around it, or NULL in an array and at the root.
    const char *key;
    /// The text of a string, or an integer's digits as they were written where 64 bits do not hold it.
    const char *text;
    uint32_t key_length;
    uint32_t text_length;
    /// The index of the first node that is not inside this one.
    uint32_t end;
    cjson_kind kind;
    /// Where it stands in the document, for an object at the root and its fields: the value from `start` to before
    /// `stop`, and the opening quote of the field's name.
    uint32_t name;
    uint32_t start;
    uint32_t stop;
    int64_t integer;
    /// The value of any number as the nearest double; infinite for digits beyond its range.
    double number;
} cjson_node;

/// - Parameter depth: how many containers may stand inside one another.
/// - Returns: NULL without memory.
cjson_parser *cjson_create(size_t depth);
void cjson_destroy(cjson_parser *parser);

/// Checks one whole document and keeps it. `bytes` need no padding and are not needed afterwards.
cjson_status cjson_parse(cjson_parser *parser, const uint8_t *bytes, size_t length);

/// The kind of the root of what was last parsed with `CJSON_OK`; scalars are told apart no further
/// than `cjson_nodes` would.
cjson_kind cjson_root(const cjson_parser *parser);

/// Parses one whole document and, where its root is an object, hands out its values: all in one call.
///
/// - Returns: NULL for anything else; `cjson_parse` then says why.
const cjson_node *cjson_object(cjson_parser *parser, const uint8_t *bytes, size_t length);

/// The values of what was last parsed with `CJSON_OK`; they are valid until the next call of `cjson_parse`.
cjson_status cjson_nodes(cjson_parser *parser, const cjson_node **nodes, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
