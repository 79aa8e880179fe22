#include "State.h"

// Protected calls and coroutines that cannot swallow a spent budget.

// MARK: pcall, xpcall

/// `skipped`: stack slots below the results.
static int finish_protected(lua_State *L, int status, lua_KContext skipped) {
    clua_recheck(L, status);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_pushboolean(L, 0);
        lua_pushvalue(L, -2);
        return 2;
    }
    return lua_gettop(L) - (int)skipped;
}

static int protected_call(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushboolean(L, 1);
    lua_insert(L, 1);
    return finish_protected(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_protected), 0);
}

static int guarded_handler(lua_State *L) {
    // While the hook raises hooks are off: a handler would run unbounded.
    if (state_of(L)->killed) return 1;
    lua_settop(L, 1);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int protected_call_with_handler(lua_State *L) {
    int arguments = lua_gettop(L) - 2;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, guarded_handler, 1);
    lua_replace(L, 2);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, 1);
    lua_rotate(L, 3, 2);
    return finish_protected(L, lua_pcallk(L, arguments, LUA_MULTRET, 2, 2, finish_protected), 2);
}

// MARK: Coroutines

/// Runs `coroutine` on. Returns the number of results moved to `L`, or -1 with a message there.
static int resume(lua_State *L, lua_State *coroutine, int arguments) {
    clua_state *state = state_of(L);
    clua_charge(L, 8 + arguments);
    if (!lua_checkstack(coroutine, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    if (lua_gethookcount(coroutine) != state->interval) clua_arm(state, coroutine);
    lua_xmove(L, coroutine, arguments);

    int results = 0;
    lua_State *outer = state->running;
    state->running = coroutine;
    int status = lua_resume(coroutine, L, arguments, &results);
    state->running = outer;
    clua_recheck(L, status);
    if (lua_gethookcount(L) != state->interval) clua_arm(state, L);

    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(coroutine, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(coroutine, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    clua_charge(L, results);
    lua_xmove(coroutine, L, results);
    return results;
}

static int coroutine_resume(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, 1);
    luaL_argexpected(L, coroutine, 1, "coroutine");
    int results = resume(L, coroutine, lua_gettop(L) - 1);
    lua_pushboolean(L, results >= 0);
    if (results < 0) results = 1;
    lua_insert(L, -(results + 1));
    return results + 1;
}

static int wrapped(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, lua_upvalueindex(1));
    int results = resume(L, coroutine, lua_gettop(L));
    if (results >= 0) return results;

    int status = lua_status(coroutine);
    if (status != LUA_OK && status != LUA_YIELD) {
        // Runs what is pending in `__close`; those may raise another error.
        clua_state *state = state_of(L);
        lua_State *outer = state->running;
        lua_pushvalue(L, -1);
        lua_xmove(L, coroutine, 1);
        clua_arm(state, coroutine);
        state->running = coroutine;
        status = lua_resetthread(coroutine);
        state->running = outer;
        clua_recheck(L, status);
        lua_xmove(coroutine, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int coroutine_create(lua_State *L) {
    clua_state *state = state_of(L);
    luaL_checktype(L, 1, LUA_TFUNCTION);
    clua_charge(L, 64);
    // A coroutine that ends before its first hook is never counted; so one interval is charged beforehand.
    if ((state->instructions -= CLUA_INTERVAL) < 0) clua_kill(L, CLUA_LIMIT_INSTRUCTIONS);
    lua_State *coroutine = lua_newthread(L);
    clua_arm(state, coroutine);
    lua_pushvalue(L, 1);
    lua_xmove(L, coroutine, 1);
    return 1;
}

static int coroutine_wrap(lua_State *L) {
    coroutine_create(L);
    lua_pushcclosure(L, wrapped, 1);
    return 1;
}

void clua_open_protected(lua_State *L) {
    lua_register(L, "pcall", protected_call);
    lua_register(L, "xpcall", protected_call_with_handler);

    const luaL_Reg functions[] = {
        {"create", coroutine_create}, {"resume", coroutine_resume}, {"wrap", coroutine_wrap}, {NULL, NULL}};
    lua_getglobal(L, "coroutine");
    luaL_setfuncs(L, functions, 0);
    // In 5.4.4 closing does not count C levels: a `__close` that closes another overflows the stack.
    lua_pushnil(L);
    lua_setfield(L, -2, "close");
    lua_pop(L, 1);
}
