#include "State.h"

#include <string.h>

// The base library's functions that print, convert, or reach past a limit.

enum { PRINT_LINES = 100, PRINT_BYTES = 1000 };

// MARK: tostring, print

static void push_function_name(lua_State *L, int index) {
    lua_Debug function;
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &function);
    if (function.linedefined > 0) {
        lua_pushfstring(L, "function: %s:%d", function.short_src, function.linedefined);
    } else {
        lua_pushliteral(L, "function: builtin");
    }
}

void clua_tostring(lua_State *L, int index) {
    index = lua_absindex(L, index);
    int type = lua_type(L, index);
    if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
        lua_pushvalue(L, index);
        lua_call(L, 1, 1);
        if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
        return;
    }
    switch (type) {
    case LUA_TNIL: case LUA_TBOOLEAN: case LUA_TNUMBER: case LUA_TSTRING: luaL_tolstring(L, index, NULL); return;
    case LUA_TFUNCTION: push_function_name(L, index); return;
    }
    int named = luaL_getmetafield(L, index, "__name");
    if (named == LUA_TSTRING) return;
    if (named != LUA_TNIL) lua_pop(L, 1);
    lua_pushstring(L, lua_typename(L, type));
}

static int base_tostring(lua_State *L) {
    luaL_checkany(L, 1);
    clua_charge(L, 20);
    clua_tostring(L, 1);
    return 1;
}

static int base_print(lua_State *L) {
    clua_state *state = state_of(L);
    clua_charge(L, 20);
    if (state->printed >= PRINT_LINES) {
        state->printed++;
        return 0;
    }
    char line[PRINT_BYTES], location[128];
    size_t count = 0;
    for (int i = 1, arguments = lua_gettop(L); i <= arguments && count < sizeof line; i++) {
        size_t length;
        if (i > 1) line[count++] = '\t';
        clua_tostring(L, i);
        const char *text = lua_tolstring(L, -1, &length);
        if (length > sizeof line - count) length = sizeof line - count;
        memcpy(line + count, text, length);
        count += length;
        lua_pop(L, 1);
    }
    clua_location(L, location, sizeof location);
    // Counted after the conversions: they may raise.
    state->printed++;
    clua_print_host(state->host, location, line, count);
    if (state->printed == PRINT_LINES) {
        const char *last = "(this call prints too much: the rest is left out)";
        clua_print_host(state->host, location, last, strlen(last));
    }
    return 0;
}

// MARK: tonumber, rawequal, collectgarbage, rawget, rawset

static int base_tonumber(lua_State *L) {
    if (lua_type(L, 1) == LUA_TSTRING) clua_charge(L, 1 + (int64_t)(lua_rawlen(L, 1) >> 2));
    return clua_run_stock(L);
}

static int base_rawequal(lua_State *L) {
    if (lua_type(L, 1) == LUA_TSTRING) clua_charge(L, 1 + (int64_t)(lua_rawlen(L, 1) >> 4));
    return clua_run_stock(L);
}

static int base_collectgarbage(lua_State *L) {
    const char *option = luaL_optstring(L, 1, "collect");
    if (strcmp(option, "count") != 0) return luaL_error(L, "collectgarbage(\"%s\") is not allowed", option);
    lua_pushnumber(L, (lua_Number)state_of(L)->used / 1024);
    return 1;
}

static int base_rawget(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    if (clua_push_frozen(L, 1)) lua_replace(L, 1);
    lua_rawget(L, 1);
    return 1;
}

static int base_rawset(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    lua_settop(L, 3);
    if (lua_getmetatable(L, 1)) {
        if (lua_rawgetp(L, -1, &clua_frozen_key) != LUA_TNIL) return clua_refuse_assignment(L);
        lua_settop(L, 3);
    }
    lua_rawset(L, 1);
    return 1;
}

// MARK: setmetatable

static int base_setmetatable(lua_State *L) {
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    lua_settop(L, 2);
    if (type == LUA_TTABLE) {
        // Hooks are off inside a finaliser: it could run for ever.
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "__gc is not allowed in a metatable");
        lua_pop(L, 1);
    }
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
        return luaL_error(L, "cannot change a protected metatable");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

// MARK: math

static int ignore(lua_State *L) {
    (void)L;
    return 0;
}

void clua_open_base(lua_State *L) {
    const char *absent[] = {"dofile", "loadfile", "load", "warn", NULL};
    for (const char **name = absent; *name; name++) {
        lua_pushnil(L);
        lua_setglobal(L, *name);
    }
    const luaL_Reg wrapped[] = {{"tonumber", base_tonumber}, {"rawequal", base_rawequal}, {NULL, NULL}};
    for (const luaL_Reg *entry = wrapped; entry->name; entry++) {
        lua_getglobal(L, entry->name);
        lua_pushcclosure(L, entry->func, 1);
        lua_setglobal(L, entry->name);
    }
    lua_register(L, "tostring", base_tostring);
    lua_register(L, "print", base_print);
    lua_register(L, "collectgarbage", base_collectgarbage);
    lua_register(L, "rawget", base_rawget);
    lua_register(L, "rawset", base_rawset);
    lua_register(L, "setmetatable", base_setmetatable);

    // Kept in the registry for the host; for scripts the host's seed stands.
    lua_getglobal(L, "math");
    lua_getfield(L, -1, "randomseed");
    lua_setfield(L, LUA_REGISTRYINDEX, "randomseed");
    lua_pushcfunction(L, ignore);
    lua_setfield(L, -2, "randomseed");
    lua_pop(L, 1);
}
