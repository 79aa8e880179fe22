#include "Matcher.h"

#include <ctype.h>
#include <pthread.h>
#include <string.h>

// Same results and error texts as stock lstrlib; but work is charged, in bulk
// for runs, `%b` and sets, so that loops which never re-enter match() count too.

#define BYTE(p) ((unsigned char)*(p))

// MARK: Character classes

enum {
    ALPHA = 1, CONTROL = 2, DIGIT = 4, GRAPHIC = 8, LOWER = 16, PUNCTUATION = 32, SPACE = 64, UPPER = 128,
    HEXADECIMAL = 256, ZERO = 512
};
static uint16_t class_of[256]; // by character
static uint16_t mask_of[256];  // by pattern letter; 0: not a class

static void fill_tables(void) {
    for (int c = 0; c < 256; c++) {
        class_of[c] = (uint16_t)((isalpha(c) ? ALPHA : 0) | (iscntrl(c) ? CONTROL : 0) | (isdigit(c) ? DIGIT : 0)
                                 | (isgraph(c) ? GRAPHIC : 0) | (islower(c) ? LOWER : 0)
                                 | (ispunct(c) ? PUNCTUATION : 0) | (isspace(c) ? SPACE : 0)
                                 | (isupper(c) ? UPPER : 0) | (isxdigit(c) ? HEXADECIMAL : 0) | (c == 0 ? ZERO : 0));
    }
    const char *letters = "acdglpsuwxz";
    const uint16_t masks[] = {ALPHA, CONTROL, DIGIT, GRAPHIC, LOWER, PUNCTUATION,
                              SPACE, UPPER, ALPHA | DIGIT, HEXADECIMAL, ZERO};
    for (int i = 0; letters[i]; i++) {
        mask_of[(unsigned char)letters[i]] = masks[i];
        mask_of[toupper((unsigned char)letters[i])] = masks[i];
    }
}

void clua_matcher_tables(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill_tables);
}

static inline int in_class(int c, int letter) {
    uint16_t mask = mask_of[letter];
    if (!mask) return c == letter;
    int inside = (class_of[c] & mask) != 0;
    return (letter & 0x20) ? inside : !inside; // an upper-case letter negates
}

// MARK: Single characters

static const char *item_end(clua_matcher *m, const char *p) {
    if (*p == '%') {
        if (p + 1 >= m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 2;
    }
    if (*p != '[') return p + 1;
    p++;
    if (p < m->pattern_end && *p == '^') p++;
    do {
        if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p++ == '%') {
            if (p >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
            p++;
        }
    } while (p >= m->pattern_end || *p != ']');
    return p + 1;
}

/// `p` at '[', `last` at the closing ']'.
static int in_set(int c, const char *p, const char *last) {
    int inside = 1;
    if (p[1] == '^') {
        inside = 0;
        p++;
    }
    for (p++; p < last; p++) {
        if (*p == '%') {
            p++;
            if (in_class(c, BYTE(p))) return inside;
        } else if (p + 2 < last && p[1] == '-') {
            if (BYTE(p) <= c && c <= BYTE(p + 2)) return inside;
            p += 2;
        } else if (BYTE(p) == c) {
            return inside;
        }
    }
    return !inside;
}

static void fill_set(uint8_t set[256], const char *p, const char *last) {
    int inside = 1;
    if (p[1] == '^') {
        inside = 0;
        p++;
    }
    memset(set, !inside, 256);
    for (p++; p < last; p++) {
        if (*p == '%') {
            p++;
            for (int c = 0; c < 256; c++) {
                if (in_class(c, BYTE(p))) set[c] = (uint8_t)inside;
            }
        } else if (p + 2 < last && p[1] == '-') {
            for (int c = BYTE(p); c <= BYTE(p + 2); c++) set[c] = (uint8_t)inside;
            p += 2;
        } else {
            set[BYTE(p)] = (uint8_t)inside;
        }
    }
}

static inline int matches_one(clua_matcher *m, const char *s, const char *p, const char *end) {
    if (s >= m->end) return 0;
    int c = BYTE(s);
    switch (*p) {
    case '.': return 1;
    case '%': return in_class(c, BYTE(p + 1));
    case '[':
        clua_charge(m->L, (end - p) >> 3);
        return in_set(c, p, end - 1);
    default: return BYTE(p) == c;
    }
}

/// How many characters from `s` on match the item.
static ptrdiff_t run_length(clua_matcher *m, const char *s, const char *p, const char *end) {
    const char *q = s, *last = m->end;
    switch (*p) {
    case '.': q = last; break;
    case '%': {
        int letter = BYTE(p + 1);
        uint16_t mask = mask_of[letter];
        if (!mask) {
            while (q < last && BYTE(q) == letter) q++;
        } else if (letter & 0x20) {
            while (q < last && (class_of[BYTE(q)] & mask)) q++;
        } else {
            while (q < last && !(class_of[BYTE(q)] & mask)) q++;
        }
        break;
    }
    case '[': {
        int tried = 0;
        while (tried < 6 && q < last && in_set(BYTE(q), p, end - 1)) {
            q++;
            tried++;
        }
        clua_charge(m->L, (int64_t)(tried + 1) * ((end - p) >> 3));
        if (tried == 6) { // a long run: worth a table
            uint8_t set[256];
            clua_charge(m->L, 8 * (end - p));
            fill_set(set, p, end - 1);
            while (q < last && set[BYTE(q)]) q++;
        }
        break;
    }
    default: {
        int c = BYTE(p);
        while (q < last && BYTE(q) == c) q++;
    }
    }
    clua_charge(m->L, (*p == '.') ? 1 : 1 + ((q - s) >> 1));
    return q - s;
}

// MARK: Captures

static int open_capture(clua_matcher *m) {
    for (int level = m->level - 1; level >= 0; level--) {
        if (m->capture[level].length == CLUA_CAPTURE_OPEN) return level;
    }
    return luaL_error(m->L, "invalid pattern capture");
}

static int closed_capture(clua_matcher *m, int digit) {
    int level = digit - '1';
    if (level < 0 || level >= m->level || m->capture[level].length == CLUA_CAPTURE_OPEN) {
        return luaL_error(m->L, "invalid capture index %%%d", level + 1);
    }
    return level;
}

static const char *start_capture(clua_matcher *m, const char *s, const char *p) {
    int position = p + 1 < m->pattern_end && p[1] == ')';
    if (m->level >= CLUA_CAPTURES) luaL_error(m->L, "too many captures");
    m->capture[m->level].at = s;
    m->capture[m->level].length = position ? CLUA_CAPTURE_POSITION : CLUA_CAPTURE_OPEN;
    m->level++;
    const char *end = clua_match(m, s, p + 1 + position);
    if (!end) m->level--;
    return end;
}

static const char *end_capture(clua_matcher *m, const char *s, const char *p) {
    int level = open_capture(m);
    m->capture[level].length = s - m->capture[level].at;
    const char *end = clua_match(m, s, p + 1);
    if (!end) m->capture[level].length = CLUA_CAPTURE_OPEN;
    return end;
}

// MARK: What `%` starts

static const char *match_balance(clua_matcher *m, const char *s, const char *p) {
    if (p + 3 >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->end || *s != p[2]) return NULL;
    int open = BYTE(p + 2), close = BYTE(p + 3), nesting = 1;
    const char *q = s;
    while (++q < m->end) {
        int c = BYTE(q);
        if (c == close) {
            if (--nesting == 0) break;
        } else if (c == open) {
            nesting++;
        }
    }
    clua_charge(m->L, 1 + ((q - s) >> 1));
    return q >= m->end ? NULL : q + 1;
}

/// The end of the frontier's set in the pattern, or NULL where `s` is no frontier.
static const char *match_frontier(clua_matcher *m, const char *s, const char *p) {
    if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(m, p);
    int before = s == m->source ? 0 : BYTE(s - 1), here = s == m->end ? 0 : BYTE(s);
    clua_charge(m->L, (end - p) >> 2);
    return !in_set(before, p, end - 1) && in_set(here, p, end - 1) ? end : NULL;
}

static const char *match_back_reference(clua_matcher *m, const char *s, int digit) {
    int level = closed_capture(m, digit);
    size_t length = (size_t)m->capture[level].length;
    if ((size_t)(m->end - s) < length) return NULL;
    clua_charge(m->L, 1 + (int64_t)(length >> 5));
    return memcmp(m->capture[level].at, s, length) == 0 ? s + length : NULL;
}

// MARK: Items with a suffix

static const char *match_longest(clua_matcher *m, const char *s, const char *p, const char *end, int least) {
    ptrdiff_t count = run_length(m, s, p, end);
    if (end + 1 == m->pattern_end) return count >= least ? s + count : NULL; // nothing follows
    for (; count >= least; count--) {
        clua_charge(m->L, 1);
        const char *found = clua_match(m, s + count, end + 1);
        if (found) return found;
    }
    return NULL;
}

static const char *match_shortest(clua_matcher *m, const char *s, const char *p, const char *end) {
    for (;;) {
        const char *found = clua_match(m, s, end + 1);
        if (found) return found;
        clua_charge(m->L, 1);
        if (!matches_one(m, s, p, end)) return NULL;
        s++;
    }
}

const char *clua_match(clua_matcher *m, const char *s, const char *p) {
    if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
    while (p != m->pattern_end) {
        clua_charge(m->L, 1);
        if (*p == '(') {
            s = start_capture(m, s, p);
            break;
        }
        if (*p == ')') {
            s = end_capture(m, s, p);
            break;
        }
        if (*p == '$' && p + 1 == m->pattern_end) {
            s = s == m->end ? s : NULL;
            break;
        }
        if (*p == '%' && p + 1 < m->pattern_end) {
            if (p[1] == 'b') {
                if (!(s = match_balance(m, s, p))) break;
                p += 4;
                continue;
            }
            if (p[1] == 'f') {
                if (!(p = match_frontier(m, s, p + 2))) {
                    s = NULL;
                    break;
                }
                continue;
            }
            if (p[1] >= '0' && p[1] <= '9') {
                if (!(s = match_back_reference(m, s, BYTE(p + 1)))) break;
                p += 2;
                continue;
            }
        }

        const char *end = item_end(m, p);
        int suffix = end < m->pattern_end ? *end : 0;
        if (suffix == '*' || suffix == '+') {
            s = match_longest(m, s, p, end, suffix == '+');
            break;
        }
        if (suffix == '-') {
            s = match_shortest(m, s, p, end);
            break;
        }
        if (suffix == '?') {
            const char *found;
            if (matches_one(m, s, p, end) && (found = clua_match(m, s + 1, end + 1)) != NULL) {
                s = found;
                break;
            }
            p = end + 1;
            continue;
        }
        if (!matches_one(m, s, p, end)) {
            s = NULL;
            break;
        }
        s++;
        p = end;
    }
    m->depth++;
    return s;
}
