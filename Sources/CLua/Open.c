#include "Entry.h"

#include <stdlib.h>

// The sandbox: what a state contains, and how it is opened, frozen and closed.

static const char libraries_key = 0; // registry: the tables that freezing freezes, by name

static int open_body(lua_State *L) {
    const luaL_Reg stock[] = {{LUA_GNAME, luaopen_base},          {LUA_TABLIBNAME, luaopen_table},
                              {LUA_STRLIBNAME, luaopen_string},   {LUA_MATHLIBNAME, luaopen_math},
                              {LUA_UTF8LIBNAME, luaopen_utf8},    {LUA_COLIBNAME, luaopen_coroutine},
                              {NULL, NULL}};
    lua_newtable(L);
    for (const luaL_Reg *library = stock; library->func; library++) {
        luaL_requiref(L, library->name, library->func, 1);
        if (library->func != luaopen_base) {
            lua_setfield(L, -2, library->name);
        } else {
            lua_pop(L, 1);
        }
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, &libraries_key);
    // Tracebacks would search it, and with it every global of the scripts.
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);

    clua_open_base(L);
    clua_open_protected(L);
    clua_open_strings(L);
    clua_open_utf8(L);
    clua_open_tables(L);
    clua_open_order(L);
    clua_open_values(L);
    // Collect at one and a half times the live heap: the ceiling is near, and a
    // collection forced by it costs more than one in good time.
    lua_gc(L, LUA_GCINC, 150, 0, 0);
    return 0;
}

clua_state *clua_open(void *host, clua_watch *watch, uint64_t seed) {
    clua_state *state = calloc(1, sizeof *state);
    if (!state) return NULL;
    state->host = host;
    state->watch = watch;
    state->interval = CLUA_INTERVAL;
    state->L = lua_newstate(clua_allocate, state);
    if (!state->L) {
        free(state);
        return NULL;
    }
    *(clua_state **)lua_getextraspace(state->L) = state;
    if (clua_enter(state, &clua_host_budget, open_body, NULL) != CLUA_OK) {
        clua_close(state);
        return NULL;
    }
    clua_seed(state, seed);
    return state;
}

void clua_close(clua_state *state) {
    lua_close(state->L);
    free(state->result.bytes);
    free(state->reply.bytes);
    free(state->fresh.bytes);
    free(state);
}

static int seed_body(lua_State *L) {
    const uint64_t *seed = lua_touserdata(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, "randomseed");
    lua_pushinteger(L, (lua_Integer)*seed);
    lua_pushinteger(L, (lua_Integer)(*seed * 0x9E3779B97F4A7C15u));
    lua_call(L, 2, 0);
    return 0;
}

void clua_seed(clua_state *state, uint64_t seed) { clua_enter(state, &clua_host_budget, seed_body, &seed); }

// MARK: Globals

typedef struct {
    const char *name;
    clua_bytes wire;
} set_request;

static int set_global_body(lua_State *L) {
    const set_request *request = lua_touserdata(L, 1);
    const char *at = request->wire.bytes, *last = at + request->wire.count;
    lua_pushglobaltable(L);
    if (clua_push_frozen(L, -1)) lua_remove(L, -2);
    lua_pushstring(L, request->name);
    clua_read_value(L, &at, last);
    lua_rawset(L, -3);
    return 0;
}

clua_status clua_set_global(clua_state *state, const char *name, clua_bytes wire) {
    set_request request = {name, wire};
    return clua_enter(state, &clua_host_budget, set_global_body, &request);
}

static int freeze_body(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &libraries_key);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) clua_freeze_table(L, -1);
    lua_pushglobaltable(L);
    clua_freeze_table(L, -1);
    return 0;
}

clua_status clua_freeze(clua_state *state) { return clua_enter(state, &clua_host_budget, freeze_body, NULL); }

// MARK: Registering

typedef struct {
    const char *table, *name;
    int32_t index;
} register_request;

static int trampoline(lua_State *L) {
    clua_state *state = state_of(L);
    luaL_checkstack(L, 20, "host function");
    clua_charge(L, 20);
    state->reply.count = 0;
    state->reply_scalar = (clua_scalar){0};
    int32_t outcome = clua_call_host(state->host, L, (int32_t)lua_tointeger(L, lua_upvalueindex(1)));
    clua_recheck(L, LUA_OK);
    // No Swift frame is left: from here on raising is safe.
    clua_push_reply(L);
    if (outcome == CLUA_REPLY) return 1;
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
    return lua_error(L);
}

static int register_body(lua_State *L) {
    const register_request *request = lua_touserdata(L, 1);
    lua_pushglobaltable(L);
    if (clua_push_frozen(L, -1)) lua_remove(L, -2);
    if (request->table) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &libraries_key);
        if (lua_getfield(L, -1, request->table) != LUA_TTABLE) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -1);
            lua_setfield(L, -3, request->table);
            lua_pushstring(L, request->table);
            lua_pushvalue(L, -2);
            lua_rawset(L, -5);
        } else if (clua_push_frozen(L, -1)) {
            lua_remove(L, -2);
        }
    }
    lua_pushstring(L, request->name);
    lua_pushinteger(L, request->index);
    lua_pushcclosure(L, trampoline, 1);
    lua_rawset(L, -3);
    return 0;
}

clua_status clua_register(clua_state *state, const char *table, const char *name, int32_t index) {
    register_request request = {table, name, index};
    return clua_enter(state, &clua_host_budget, register_body, &request);
}
