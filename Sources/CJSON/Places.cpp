#include "Parser.h"

// simdjson's values do not know where they were written. Here a document that it found right is gone through once
// more, as far as the fields of its root.

namespace {

struct walker {
    const uint8_t *bytes;
    size_t at = 0;

    void skip_space() {
        while (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r') at++;
    }

    void skip_text() {
        for (at++; bytes[at] != '"'; at++)
            if (bytes[at] == '\\') at++;
        at++;
    }

    void skip_value() {
        size_t depth = 0;
        do {
            switch (bytes[at]) {
            case '"': skip_text(); break;
            case '{': case '[': depth++, at++; break;
            case '}': case ']': depth--, at++; break;
            default:
                if (depth > 0) {
                    at++;
                    break;
                }
                while (bytes[at] > ' ' && bytes[at] != ',' && bytes[at] != '}') at++;
            }
        } while (depth > 0);
    }
};

} // namespace

void cjson_place_fields(cjson_parser &self) {
    // The padding ends what is no object.
    walker in{self.copy.get()};
    in.skip_space();
    self.nodes[0].start = uint32_t(in.at);
    if (self.nodes[0].kind == CJSON_OBJECT) {
        in.at++;
        for (size_t field = 1; field < self.nodes.size(); field = self.nodes[field].end) {
            in.skip_space();
            if (in.bytes[in.at] == ',') in.at++;
            in.skip_space();
            self.nodes[field].name = uint32_t(in.at);
            in.skip_text();
            in.skip_space();
            in.at++;
            in.skip_space();
            self.nodes[field].start = uint32_t(in.at);
            in.skip_value();
            self.nodes[field].stop = uint32_t(in.at);
        }
        in.skip_space();
        in.at++;
        self.nodes[0].stop = uint32_t(in.at);
    }
}
