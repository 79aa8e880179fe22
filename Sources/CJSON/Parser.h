#ifndef CJSON_PARSER_H
#define CJSON_PARSER_H

#include "CJSON.h"

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <memory>
#include <string_view>
#include <vector>

// simdjson refuses integers that 64 bits do not hold, but people's identifiers have more digits than
// that. Such a document is parsed a second time with the k-th such integer replaced by 2^64 - 1 - k.
// Every unsigned value beyond INT64_MAX is replaced, so after that no other unsigned value can occur
// and each one found in the result names its digits.
struct cjson_parser {
    simdjson::dom::parser parser;
    simdjson::dom::element root;
    // A document with the padding that simdjson reads past its end.
    std::unique_ptr<uint8_t[]> copy;
    size_t capacity = 0;
    size_t length = 0;
    std::vector<uint8_t> replaced;
    std::vector<std::string_view> digits;
    bool is_replaced = false;
    std::vector<cjson_node> nodes;
    // The nodes of a flat document; only the first `flat_count` count, and with 0 of them it was not flat.
    std::vector<cjson_node> flat;
    size_t flat_count = 0;
};

/// Reads the document in `copy` in one pass where it is an object of plain values.
///
/// - Returns: false where simdjson has to decide, about right and wrong too; `flat_count` is 0 then.
bool cjson_read_flat(cjson_parser &self);

/// Fills in where the root and its fields stand in `copy`, which is a whole document and has `nodes`.
void cjson_place_fields(cjson_parser &self);

#endif
