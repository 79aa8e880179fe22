#define _GNU_SOURCE // memmem
#include "Matcher.h"

#include <ctype.h>
#include <string.h>

// string.find, match, gmatch and gsub over the charged matcher.

static clua_matcher matcher_for(lua_State *L, const char *s, size_t length, const char *p, size_t pattern_length) {
    clua_matcher matcher;
    matcher.L = L;
    matcher.source = s;
    matcher.end = s + length;
    matcher.pattern_end = p + pattern_length;
    matcher.depth = CLUA_MATCH_DEPTH;
    matcher.level = 0;
    return matcher;
}

static const char *match_at(clua_matcher *m, const char *at, const char *pattern) {
    m->level = 0;
    m->depth = CLUA_MATCH_DEPTH;
    return clua_match(m, at, pattern);
}

static void push_capture(clua_matcher *m, int index, const char *s, const char *end) {
    if (index >= m->level) {
        if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(m->L, s, (size_t)(end - s));
    } else if (m->capture[index].length == CLUA_CAPTURE_POSITION) {
        lua_pushinteger(m->L, m->capture[index].at - m->source + 1);
    } else if (m->capture[index].length == CLUA_CAPTURE_OPEN) {
        luaL_error(m->L, "unfinished capture");
    } else {
        lua_pushlstring(m->L, m->capture[index].at, (size_t)m->capture[index].length);
    }
}

static int push_captures(clua_matcher *m, const char *s, const char *end) {
    int count = m->level == 0 && s ? 1 : m->level;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++) push_capture(m, i, s, end);
    return count;
}

// MARK: find, match

/// Where a search that starts at `position` starts, from 0; past `length` when there is no such place.
static size_t start_offset(lua_Integer position, size_t length) {
    if (position > 0) return (size_t)position - 1;
    if (position == 0 || position < -(lua_Integer)length) return 0;
    return length + (size_t)position;
}

static int has_specials(const char *p, size_t length) {
    for (size_t i = 0; i < length; i++) {
        switch (p[i]) { // as stock: ')' and ']' alone are plain
        case '^': case '$': case '*': case '+': case '?': case '.': case '(': case '[': case '%': case '-': return 1;
        }
    }
    return 0;
}

static const char *find_plain(lua_State *L, const char *s, size_t length, const char *p, size_t pattern_length) {
    clua_charge(L, 1 + (int64_t)((length + pattern_length) >> 4));
    if (pattern_length == 0) return s;
    if (pattern_length > length) return NULL;
    if (pattern_length > 32) { // memmem is never O(n·m)
        clua_charge(L, (int64_t)(length >> 2));
        return memmem(s, length, p, pattern_length);
    }
    const char *q = s, *end = s + length - pattern_length + 1;
    while (q < end && (q = memchr(q, *p, (size_t)(end - q))) != NULL) {
        if (memcmp(q, p, pattern_length) == 0) return q;
        clua_charge(L, 1);
        q++;
    }
    return NULL;
}

static int search(lua_State *L, int find) {
    size_t length, pattern_length;
    const char *s = luaL_checklstring(L, 1, &length), *p = luaL_checklstring(L, 2, &pattern_length);
    size_t start = start_offset(luaL_optinteger(L, 3, 1), length);
    if (start > length) {
        luaL_pushfail(L);
        return 1;
    }
    if (find) clua_charge(L, (int64_t)(pattern_length >> 2));
    if (find && (lua_toboolean(L, 4) || !has_specials(p, pattern_length))) {
        const char *found = find_plain(L, s + start, length - start, p, pattern_length);
        if (!found) {
            luaL_pushfail(L);
            return 1;
        }
        lua_pushinteger(L, found - s + 1);
        lua_pushinteger(L, found - s + (lua_Integer)pattern_length);
        return 2;
    }

    int anchored = pattern_length > 0 && *p == '^';
    clua_matcher m = matcher_for(L, s, length, p, pattern_length);
    p += anchored;
    const char *at = s + start;
    do {
        const char *end = match_at(&m, at, p);
        if (end && !find) return push_captures(&m, at, end);
        if (end) {
            lua_pushinteger(L, at - s + 1);
            lua_pushinteger(L, end - s);
            return push_captures(&m, NULL, NULL) + 2;
        }
    } while (at++ < m.end && !anchored);
    luaL_pushfail(L);
    return 1;
}

static int string_find(lua_State *L) { return search(L, 1); }
static int string_match(lua_State *L) { return search(L, 0); }

// MARK: gmatch

typedef struct {
    const char *next, *last;
} match_position;

/// Upvalues: subject, pattern, position.
static int next_match(lua_State *L) {
    match_position *position = lua_touserdata(L, lua_upvalueindex(3));
    size_t length, pattern_length;
    const char *s = lua_tolstring(L, lua_upvalueindex(1), &length);
    const char *p = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
    clua_matcher m = matcher_for(L, s, length, p, pattern_length);
    for (const char *at = position->next; at <= m.end; at++) {
        const char *end = match_at(&m, at, p);
        if (end && end != position->last) {
            position->next = position->last = end;
            return push_captures(&m, at, end);
        }
    }
    return 0;
}

static int string_gmatch(lua_State *L) {
    size_t length;
    const char *s = luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t start = start_offset(luaL_optinteger(L, 3, 1), length);
    lua_settop(L, 2);
    match_position *position = lua_newuserdatauv(L, sizeof *position, 0);
    position->next = s + (start > length ? length + 1 : start);
    position->last = NULL;
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

// MARK: gsub

static void add_template(clua_matcher *m, luaL_Buffer *out, const char *s, const char *end, const char *r,
                         size_t length) {
    const char *last = r + length;
    while (r < last) {
        const char *percent = memchr(r, '%', (size_t)(last - r));
        luaL_addlstring(out, r, (size_t)((percent ? percent : last) - r));
        if (!percent) return;
        int c = percent + 1 < last ? (unsigned char)percent[1] : 0;
        if (c == '%') {
            luaL_addchar(out, '%');
        } else if (c == '0') {
            luaL_addlstring(out, s, (size_t)(end - s));
        } else if (isdigit(c)) {
            push_capture(m, c - '1', s, end);
            luaL_tolstring(m->L, -1, NULL);
            lua_remove(m->L, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(m->L, "invalid use of '%c' in replacement string", '%');
        }
        r = percent + 2;
    }
}

/// Adds what replaces the match. 0: the match itself, as a table or function asked for.
static int add_replacement(clua_matcher *m, luaL_Buffer *out, const char *s, const char *end, int type) {
    lua_State *L = m->L;
    if (type == LUA_TTABLE) {
        push_capture(m, 0, s, end);
        lua_gettable(L, 3);
    } else if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, s, end), 1);
    } else {
        size_t length;
        const char *replacement = lua_tolstring(L, 3, &length);
        clua_charge(L, 1 + (int64_t)(length >> 4));
        add_template(m, out, s, end, replacement, length);
        return 1;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(out, s, (size_t)(end - s));
        return 0;
    }
    if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    }
    luaL_addvalue(out);
    return 1;
}

static int string_gsub(lua_State *L) {
    size_t length, pattern_length;
    const char *s = luaL_checklstring(L, 1, &length), *p = luaL_checklstring(L, 2, &pattern_length);
    int type = lua_type(L, 3);
    lua_Integer limit = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
    luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                     "string/function/table");
    clua_make_room(L);
    int anchored = pattern_length > 0 && *p == '^', changed = 0;
    clua_matcher m = matcher_for(L, s, length, p, pattern_length);
    const char *at = s, *last = NULL;
    p += anchored;
    luaL_Buffer out;
    luaL_buffinit(L, &out);
    while (count < limit) {
        clua_charge(L, 1);
        const char *end = match_at(&m, at, p);
        if (end && end != last) {
            count++;
            changed |= add_replacement(&m, &out, at, end, type);
            at = last = end;
        } else if (at < m.end) {
            luaL_addchar(&out, *at++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (changed) {
        luaL_addlstring(&out, at, (size_t)(m.end - at));
        luaL_pushresult(&out);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

void clua_open_patterns(lua_State *L) {
    clua_matcher_tables();
    const luaL_Reg functions[] = {{"find", string_find},
                                  {"match", string_match},
                                  {"gmatch", string_gmatch},
                                  {"gsub", string_gsub},
                                  {NULL, NULL}};
    lua_getglobal(L, "string");
    luaL_setfuncs(L, functions, 0);
    lua_pop(L, 1);
}
