#include "Parser.h"

#include <charconv>
#include <cstring>

// Most records are one object of names, plain texts and numbers. simdjson sets up two passes for a
// document, which for 50 bytes costs more than the passes; this is one pass, and what it is not sure of
// it leaves to simdjson: anything nested, escaped, wide or wrong. So nothing is refused here.

namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte of a word is its lowest");

constexpr uint64_t ONES = 0x0101010101010101, HIGHS = 0x8080808080808080;
constexpr size_t FIRST_NODES = 64;
/// Any integer of so many digits is held by 64 bits, and any of `EXACT_DIGITS` by a double.
constexpr int INTEGER_DIGITS = 18, EXACT_DIGITS = 15, TOKEN_DIGITS = 400;
/// The powers of ten that a double holds.
constexpr double POWERS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                             1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(uint8_t c) { return uint8_t(c - '0') < 10; }

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    /// The high bits of all texts: without one there is nothing but ASCII.
    uint64_t highs = 0;

    /// The byte at `at`, or a zero, which is nothing in JSON, at the end.
    uint8_t next() {
        while (at < end && is_space(*at)) at++;
        return at < end ? *at : 0;
    }

    /// Goes from the first byte of a text to its closing quote, 8 bytes at a time: the padding can be read.
    ///
    /// - Returns: false for an escape, a control character, or no end.
    bool skip_text() {
        for (; at < end; at += 8) {
            uint64_t word;
            std::memcpy(&word, at, 8);
            uint64_t quote = word ^ (ONES * '"'), escape = word ^ (ONES * '\\');
            // The high bit of each byte that is zero in `quote` or `escape`, or below 0x20 in `word`. A borrow may
            // mark a byte above a marked one, never the lowest.
            uint64_t found = ((quote - ONES) & ~quote) | ((escape - ONES) & ~escape) | ((word - ONES * 0x20) & ~word);
            found &= HIGHS;
            if (!found) {
                highs |= word;
                continue;
            }
            highs |= word & ((found & (0 - found)) - 1);
            at += unsigned(__builtin_ctzll(found)) / 8;
            return at < end && *at == '"';
        }
        return false;
    }

    bool read_number(cjson_node &node) {
        const uint8_t *first = at;
        bool is_negative = *at == '-';
        at += is_negative;
        const uint8_t *whole = at;
        uint64_t digits = 0;
        while (is_digit(*at)) digits = digits * 10 + (*at++ - '0');
        int count = int(at - whole);
        if (count == 0 || (count > 1 && *whole == '0') || count > INTEGER_DIGITS) return false;
        if (*at != '.' && *at != 'e' && *at != 'E') {
            node.kind = CJSON_INTEGER;
            node.integer = is_negative ? -int64_t(digits) : int64_t(digits);
            node.number = double(node.integer);
            return true;
        }
        int fraction = 0;
        if (*at == '.') {
            const uint8_t *point = at++;
            while (is_digit(*at)) digits = digits * 10 + (*at++ - '0');
            fraction = int(at - point) - 1;
            if (fraction == 0) return false;
        }
        node.kind = CJSON_REAL;
        if (*at != 'e' && *at != 'E' && count + fraction <= EXACT_DIGITS) {
            // Both are exact, so the quotient is the nearest double.
            double value = double(digits) / POWERS[fraction];
            node.number = is_negative ? -value : value;
            return true;
        }
        if (*at == 'e' || *at == 'E') {
            at++;
            if (*at == '+' || *at == '-') at++;
            const uint8_t *exponent = at;
            while (is_digit(*at)) at++;
            if (at == exponent) return false;
        }
        if (at - first > TOKEN_DIGITS) return false;
        auto text = reinterpret_cast<const char *>(first), stop = reinterpret_cast<const char *>(at);
        auto result = std::from_chars(text, stop, node.number);
        return result.ec == std::errc() && result.ptr == stop;
    }

    bool read_word(const char *word, size_t length, cjson_kind kind, cjson_node &node) {
        if (std::memcmp(at, word, length) != 0) return false;
        at += length;
        node.kind = kind;
        return true;
    }

    bool read_value(cjson_node &node) {
        switch (next()) {
        case '"': {
            const uint8_t *text = ++at;
            if (!skip_text()) return false;
            node.kind = CJSON_TEXT;
            node.text = reinterpret_cast<const char *>(text);
            node.text_length = uint32_t(at++ - text);
            return true;
        }
        case 't': return read_word("true", 4, CJSON_TRUE, node);
        case 'f': return read_word("false", 5, CJSON_FALSE, node);
        case 'n': return read_word("null", 4, CJSON_NULL, node);
        case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
            return read_number(node);
        default: return false;
        }
    }
};

/// The number of nodes, or 0.
size_t read_object(cjson_parser &self, reader &in) {
    const uint8_t *start = self.copy.get();
    if (in.next() != '{') return 0;
    self.flat[0].start = uint32_t(in.at++ - start);
    size_t count = 1;
    if (in.next() == '}') {
        in.at++;
    } else {
        while (true) {
            if (count == self.flat.size()) self.flat.resize(2 * count);
            cjson_node &node = self.flat[count++];
            if (in.next() != '"') return 0;
            node.name = uint32_t(in.at - start);
            const uint8_t *key = ++in.at;
            if (!in.skip_text()) return 0;
            node.key = reinterpret_cast<const char *>(key);
            node.key_length = uint32_t(in.at++ - key);
            if (in.next() != ':') return 0;
            in.at++;
            in.next();
            node.start = uint32_t(in.at - start);
            if (!in.read_value(node)) return 0;
            node.stop = uint32_t(in.at - start);
            node.end = uint32_t(count);
            uint8_t c = in.next();
            in.at++;
            if (c == '}') break;
            if (c != ',') return 0;
        }
    }
    self.flat[0].stop = uint32_t(in.at - start);
    return in.next() == 0 && in.at == in.end ? count : 0;
}

} // namespace

bool cjson_read_flat(cjson_parser &self) {
    self.flat_count = 0;
    if (self.length == 0 || self.length > UINT32_MAX / 2) return false;
    if (self.flat.empty()) self.flat.resize(FIRST_NODES);
    reader in{self.copy.get(), self.copy.get() + self.length};
    size_t count = read_object(self, in);
    if (count == 0) return false;
    auto text = reinterpret_cast<const char *>(self.copy.get());
    if ((in.highs & HIGHS) && !simdjson::validate_utf8(text, self.length)) return false;
    cjson_node &root = self.flat[0];
    root.kind = CJSON_OBJECT;
    root.key = nullptr;
    root.end = uint32_t(count);
    self.flat_count = count;
    return true;
}
