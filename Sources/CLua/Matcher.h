#ifndef CLUA_MATCHER_H
#define CLUA_MATCHER_H

#include "State.h"

enum { CLUA_CAPTURES = 32, CLUA_MATCH_DEPTH = 200, CLUA_CAPTURE_OPEN = -1, CLUA_CAPTURE_POSITION = -2 };

/// One subject and one pattern of the Lua 5.4 pattern language.
typedef struct {
    const char *source, *end, *pattern_end;
    lua_State *L;
    int depth, level;
    struct {
        const char *at;
        ptrdiff_t length;
    } capture[CLUA_CAPTURES];
} clua_matcher;

void clua_matcher_tables(void);

/// The end of the match of `pattern` at `subject`, or NULL. Every unit of work is charged.
const char *clua_match(clua_matcher *matcher, const char *subject, const char *pattern);

#endif
