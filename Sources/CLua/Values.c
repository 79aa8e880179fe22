#include "State.h"

// What scripts need beside Lua's own values: null, marked arrays, frozen tables.

const char clua_null_address = 0, clua_array_key = 0, clua_frozen_key = 0;

// MARK: null and array

static int null_tostring(lua_State *L) {
    lua_pushliteral(L, "null");
    return 1;
}

/// One metatable for all light userdata; null is the only one scripts ever see.
static void open_null(lua_State *L) {
    lua_pushlightuserdata(L, (void *)&clua_null_address);
    lua_newtable(L);
    lua_pushcfunction(L, null_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_setglobal(L, "null");
}

int clua_is_array(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return 0;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clua_array_key);
    int marked = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return marked;
}

/// `array { … }`: a list even when it is empty.
static int base_array(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (lua_getmetatable(L, 1)) {
        lua_pop(L, 1);
        if (!clua_is_array(L, 1)) return luaL_error(L, "array: this table has a metatable already");
        return 1;
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clua_array_key);
    lua_setmetatable(L, 1);
    return 1;
}

static void open_array(lua_State *L) {
    lua_newtable(L);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &clua_array_key);
    lua_register(L, "array", base_array);
}

// MARK: Frozen tables

int clua_refuse_assignment(lua_State *L) {
    char where[128];
    clua_location(L, where, sizeof where); // luaL_where finds no line behind table.insert
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "this entry";
    lua_pushfstring(L, "%s: '%s' cannot be assigned: this table does not change after loading", where, name);
    return lua_error(L);
}

int clua_push_frozen(lua_State *L, int index) {
    if (!lua_getmetatable(L, index)) return 0;
    lua_rawgetp(L, -1, &clua_frozen_key);
    lua_remove(L, -2);
    if (lua_type(L, -1) == LUA_TTABLE) return 1;
    lua_pop(L, 1);
    return 0;
}

void clua_freeze_table(lua_State *L, int index) {
    index = lua_absindex(L, index);
    if (lua_getmetatable(L, index)) { // frozen before, or a script's own object
        lua_pop(L, 1);
        return;
    }
    // Emptied, so that every assignment meets `__newindex`, of names it had too.
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, index);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
        lua_pushvalue(L, -1);
        lua_pushnil(L);
        lua_rawset(L, index);
    }
    lua_createtable(L, 0, 4);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, clua_refuse_assignment);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -2);
    lua_rawsetp(L, -2, &clua_frozen_key);
    lua_setmetatable(L, index);
    lua_pop(L, 1);
}

void clua_open_values(lua_State *L) {
    open_null(L);
    open_array(L);
}
