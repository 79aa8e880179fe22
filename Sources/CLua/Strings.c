#include "State.h"

#include <string.h>

// The rest of the string library: stock functions, whose work is charged before they run.

static int64_t text_in_arguments(lua_State *L) {
    int64_t bytes = 0;
    for (int i = lua_gettop(L); i > 0; i--) {
        if (lua_type(L, i) == LUA_TSTRING) bytes += (int64_t)lua_rawlen(L, i);
    }
    return bytes;
}

static int charged_by_text(lua_State *L) {
    int64_t text = text_in_arguments(L);
    if (text > 65536) clua_make_room(L);
    clua_charge(L, 1 + lua_gettop(L) + (text >> 2));
    return clua_run_stock(L);
}

/// pack, unpack, packsize: each character of a format may be a step.
static int charged_by_format(lua_State *L) {
    clua_charge(L, 1 + text_in_arguments(L));
    return clua_run_stock(L);
}

static int string_byte(lua_State *L) {
    size_t length;
    luaL_checklstring(L, 1, &length);
    lua_Integer first = luaL_optinteger(L, 2, 1), last = luaL_optinteger(L, 3, first);
    if (first < 0) first = first < -(lua_Integer)length ? 1 : (lua_Integer)length + first + 1;
    if (last < 0) last = last < -(lua_Integer)length ? 0 : (lua_Integer)length + last + 1;
    if (last > (lua_Integer)length) last = (lua_Integer)length;
    clua_charge(L, 1 + (first < last ? last - first : 0));
    return clua_run_stock(L);
}

static int string_rep(lua_State *L) {
    size_t length, separator;
    luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    luaL_optlstring(L, 3, "", &separator);
    if (count <= 0 || length + separator == 0) { // stock would loop over an empty string
        lua_pushliteral(L, "");
        return 1;
    }
    clua_state *state = state_of(L);
    if ((uint64_t)count > state->limit / (length + separator)) clua_kill(L, CLUA_LIMIT_MEMORY);
    int64_t total = count * (int64_t)(length + separator);
    if (total > 65536) clua_make_room(L);
    clua_charge(L, 1 + (total >> 4) + (count >> 2));
    return clua_run_stock(L);
}

/// Replaces what `%s` would print with an address, and charges each conversion.
static int string_format(lua_State *L) {
    size_t length;
    const char *format = luaL_checklstring(L, 1, &length), *end = format + length;
    int count = lua_gettop(L), argument = 1;
    int64_t cost = 1 + (int64_t)(length >> 2) + (text_in_arguments(L) >> 2);
    for (const char *at = format; at < end; at++) {
        if (*at != '%') continue;
        if (++at < end && *at == '%') continue;
        while (at < end && *at && strchr("-+ #0123456789.", *at)) at++;
        if (++argument > count || at >= end) break; // stock says what is wrong
        cost += strchr("aAeEfFgG", *at) && *at ? 200 : 8; // 1e308 has 309 digits
        if (*at == 'p') return luaL_error(L, "'%%p' is not allowed: addresses differ from run to run");
        if (*at == 's' && lua_type(L, argument) != LUA_TSTRING && lua_type(L, argument) != LUA_TNUMBER) {
            clua_tostring(L, argument);
            lua_replace(L, argument);
            cost += (int64_t)(lua_rawlen(L, argument) >> 2);
        }
    }
    clua_charge(L, cost);
    return clua_run_stock(L);
}

/// The methods of strings are a copy of the library that scripts cannot reach.
static void protect_string_metatable(lua_State *L) {
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_newtable(L);
    lua_getglobal(L, "string");
    lua_pushnil(L);
    while (lua_next(L, -2)) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

/// Replaces function `name` of the table on top by `wrapper` over it.
static void wrap(lua_State *L, const char *name, lua_CFunction wrapper) {
    lua_getfield(L, -1, name);
    lua_pushcclosure(L, wrapper, 1);
    lua_setfield(L, -2, name);
}

void clua_open_strings(lua_State *L) {
    lua_getglobal(L, "string");
    const char *by_text[] = {"char", "lower", "upper", "reverse", "sub", NULL};
    for (const char **name = by_text; *name; name++) wrap(L, *name, charged_by_text);
    const char *by_format[] = {"pack", "packsize", "unpack", NULL};
    for (const char **name = by_format; *name; name++) wrap(L, *name, charged_by_format);
    wrap(L, "byte", string_byte);
    wrap(L, "rep", string_rep);
    wrap(L, "format", string_format);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump"); // bytecode
    lua_pop(L, 1);
    clua_open_patterns(L);
    protect_string_metatable(L);
}

// MARK: utf8

/// Upvalue 1: the stock iterator. Its arguments: subject, position.
static int next_code(lua_State *L) {
    size_t length;
    const char *s = luaL_checklstring(L, 1, &length);
    lua_Integer at = lua_tointeger(L, 2);
    // Stock skips continuation bytes, however many there are.
    int64_t skipped = 0;
    while (at >= 0 && (size_t)at + 1 < length && ((unsigned char)s[at + 1] & 0xC0) == 0x80) {
        at++;
        if ((++skipped & 1023) == 0) clua_charge(L, 1024);
    }
    clua_charge(L, 1);
    return clua_run_stock(L);
}

static int utf8_codes(lua_State *L) {
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 3);
    lua_pushvalue(L, -3);
    lua_pushcclosure(L, next_code, 1);
    lua_replace(L, -4);
    return 3;
}

void clua_open_utf8(lua_State *L) {
    lua_getglobal(L, "utf8");
    const char *by_text[] = {"char", "codepoint", "len", "offset", NULL};
    for (const char **name = by_text; *name; name++) wrap(L, *name, charged_by_text);
    wrap(L, "codes", utf8_codes);
    lua_pop(L, 1);
}
