#include "Parser.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <new>

using namespace simdjson;

namespace {

constexpr uint64_t FIRST_CODE = std::numeric_limits<uint64_t>::max();

cjson_status status_of(error_code error) {
    switch (error) {
    case SUCCESS: return CJSON_OK;
    case EMPTY: return CJSON_EMPTY;
    case NUMBER_ERROR: return CJSON_NUMBER;
    case STRING_ERROR: return CJSON_STRING;
    case UNCLOSED_STRING: return CJSON_UNCLOSED;
    case UNESCAPED_CHARS: return CJSON_CONTROL;
    case UTF8_ERROR: return CJSON_UTF8;
    case DEPTH_ERROR: return CJSON_DEPTH;
    case MEMALLOC:
    case CAPACITY: return CJSON_MEMORY;
    default: return CJSON_SYNTAX;
    }
}

bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

bool continues_number(uint8_t c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'; }

/// Whether `token` is a number by RFC 8259, section 6, and whether it is an integer.
bool is_number(std::string_view token, bool &is_integer) {
    size_t at = 0;
    auto digits = [&] {
        size_t from = at;
        while (at < token.size() && is_digit(uint8_t(token[at]))) at++;
        return at - from;
    };
    is_integer = true;
    if (at < token.size() && token[at] == '-') at++;
    size_t first = at;
    size_t whole = digits();
    if (whole == 0 || (whole > 1 && token[first] == '0')) return false;
    if (at < token.size() && token[at] == '.') {
        at++;
        is_integer = false;
        if (digits() == 0) return false;
    }
    if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
        at++;
        is_integer = false;
        if (at < token.size() && (token[at] == '+' || token[at] == '-')) at++;
        if (digits() == 0) return false;
    }
    return at == token.size();
}

bool fits_int64(std::string_view token) {
    int64_t value;
    return std::from_chars(token.data(), token.data() + token.size(), value).ec == std::errc();
}

/// Writes the document to `replaced` with a code for each integer that `int64_t` does not hold.
///
/// - Returns: false where something that looks like a number is none.
bool replace_wide_integers(cjson_parser &self) {
    self.replaced.clear();
    self.digits.clear();
    const uint8_t *bytes = self.copy.get();
    bool is_in_string = false;
    bool are_numbers_valid = true;
    size_t at = 0;
    while (at < self.length) {
        uint8_t c = bytes[at];
        if (is_in_string || !(is_digit(c) || c == '-')) {
            if (c == '"') is_in_string = !is_in_string;
            self.replaced.push_back(c);
            at++;
            if (is_in_string && c == '\\' && at < self.length) self.replaced.push_back(bytes[at++]);
            continue;
        }
        size_t end = at;
        while (end < self.length && continues_number(bytes[end])) end++;
        std::string_view token(reinterpret_cast<const char *>(bytes) + at, end - at);
        char code[20];
        bool is_integer;
        if (!is_number(token, is_integer)) are_numbers_valid = false;
        else if (is_integer && !fits_int64(token)) {
            auto written = std::to_chars(code, code + sizeof code, FIRST_CODE - self.digits.size());
            self.digits.push_back(token);
            token = std::string_view(code, size_t(written.ptr - code));
        }
        self.replaced.insert(self.replaced.end(), token.begin(), token.end());
        at = end;
    }
    return are_numbers_valid;
}

cjson_status parse_replaced(cjson_parser &self) {
    bool are_numbers_valid = replace_wide_integers(self);
    size_t length = self.replaced.size();
    self.replaced.resize(length + SIMDJSON_PADDING, ' ');
    self.is_replaced = true;
    error_code error = self.parser.parse(self.replaced.data(), length, false).get(self.root);
    // What is a number by its grammar and still refused is one that no double holds.
    return error == NUMBER_ERROR && are_numbers_valid ? CJSON_OVERFLOW : status_of(error);
}

double nearest_double(std::string_view digits) {
    double value;
    auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return result.ec == std::errc() ? value : std::numeric_limits<double>::infinity();
}

void set_text(cjson_node &node, std::string_view text) {
    node.text = text.data();
    node.text_length = uint32_t(text.size());
}

/// Fills in everything but `end` of the node for `element`.
///
/// - Returns: false on an unsigned value in a document that has not been rewritten.
bool describe(const cjson_parser &self, dom::element element, cjson_node &node) {
    switch (element.type()) {
    case dom::element_type::OBJECT: node.kind = CJSON_OBJECT; return true;
    case dom::element_type::ARRAY: node.kind = CJSON_ARRAY; return true;
    case dom::element_type::NULL_VALUE: node.kind = CJSON_NULL; return true;
    case dom::element_type::BOOL:
        node.kind = element.get_bool().value_unsafe() ? CJSON_TRUE : CJSON_FALSE;
        return true;
    case dom::element_type::STRING:
        node.kind = CJSON_TEXT;
        set_text(node, element.get_string().value_unsafe());
        return true;
    case dom::element_type::INT64:
        node.kind = CJSON_INTEGER;
        node.integer = element.get_int64().value_unsafe();
        node.number = double(node.integer);
        return true;
    case dom::element_type::DOUBLE:
        node.kind = CJSON_REAL;
        node.number = element.get_double().value_unsafe();
        return true;
    case dom::element_type::UINT64: {
        if (!self.is_replaced) return false;
        node.kind = CJSON_DIGITS;
        set_text(node, self.digits[FIRST_CODE - element.get_uint64().value_unsafe()]);
        node.number = nearest_double({node.text, node.text_length});
        return true;
    }
    }
    return false;
}

/// Appends `element` and all it holds. The recursion is as deep as `cjson_create` allowed documents to be.
bool append(cjson_parser &self, dom::element element, std::string_view key, bool has_key) {
    size_t index = self.nodes.size();
    cjson_node &node = self.nodes.emplace_back();
    node.key = has_key ? key.data() : nullptr;
    node.key_length = uint32_t(key.size());
    if (!describe(self, element, node)) return false;
    // `node` must not be used from here on: the vector moves as it grows.
    if (element.is_object()) {
        // Named, because the result that `value_unsafe` points into is gone before the loop begins.
        dom::object object = element.get_object().value_unsafe();
        for (dom::key_value_pair field : object)
            if (!append(self, field.value, field.key, true)) return false;
    } else if (element.is_array()) {
        dom::array array = element.get_array().value_unsafe();
        for (dom::element item : array)
            if (!append(self, item, {}, false)) return false;
    }
    self.nodes[index].end = uint32_t(self.nodes.size());
    return true;
}

} // namespace

extern "C" {

cjson_parser *cjson_create(size_t depth) {
    try {
        auto self = std::make_unique<cjson_parser>();
        // simdjson counts one level more than the containers of a document.
        if (self->parser.allocate(4096, depth + 1)) return nullptr;
        return self.release();
    } catch (...) {
        return nullptr;
    }
}

void cjson_destroy(cjson_parser *parser) { delete parser; }

cjson_status cjson_parse(cjson_parser *self, const uint8_t *bytes, size_t length) {
    try {
        if (!self->copy || self->capacity < length) {
            size_t capacity = std::max<size_t>(4096, length + length / 2);
            self->copy.reset(new uint8_t[capacity + SIMDJSON_PADDING]());
            self->capacity = capacity;
        }
        if (length > 0) std::memcpy(self->copy.get(), bytes, length);
        // Fixed, so that what stood there before can never decide anything.
        std::memset(self->copy.get() + length, ' ', SIMDJSON_PADDING);
        self->length = length;
        self->is_replaced = false;
        self->nodes.clear();
        if (cjson_read_flat(*self)) return CJSON_OK;
        error_code error = self->parser.parse(self->copy.get(), length, false).get(self->root);
        return error == NUMBER_ERROR ? parse_replaced(*self) : status_of(error);
    } catch (...) {
        return CJSON_MEMORY;
    }
}

cjson_kind cjson_root(const cjson_parser *self) {
    if (self->flat_count > 0) return CJSON_OBJECT;
    if (self->root.is_object()) return CJSON_OBJECT;
    return self->root.is_array() ? CJSON_ARRAY : CJSON_NULL;
}

cjson_status cjson_nodes(cjson_parser *self, const cjson_node **nodes, size_t *count) {
    try {
        if (self->flat_count > 0) {
            *nodes = self->flat.data();
            *count = self->flat_count;
            return CJSON_OK;
        }
        self->nodes.clear();
        if (!append(*self, self->root, {}, false)) {
            cjson_status status = parse_replaced(*self);
            if (status != CJSON_OK) return status;
            self->nodes.clear();
            if (!append(*self, self->root, {}, false)) return CJSON_NUMBER;
        }
        cjson_place_fields(*self);
        *nodes = self->nodes.data();
        *count = self->nodes.size();
        return CJSON_OK;
    } catch (...) {
        return CJSON_MEMORY;
    }
}

const cjson_node *cjson_object(cjson_parser *self, const uint8_t *bytes, size_t length) {
    const cjson_node *nodes;
    size_t count;
    if (cjson_parse(self, bytes, length) != CJSON_OK || cjson_root(self) != CJSON_OBJECT) return nullptr;
    return cjson_nodes(self, &nodes, &count) == CJSON_OK ? nodes : nullptr;
}

} // extern "C"
