#include "State.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What a host function may do with its call. Swift frames are on the stack
// here: nothing below raises.

clua_state *clua_state_of(clua_frame *L) { return state_of(L); }
int32_t clua_argument_count(clua_frame *L) { return lua_gettop(L); }
const char *clua_argument_type_name(clua_frame *L, int32_t position) { return luaL_typename(L, position); }

clua_scalar clua_argument(clua_frame *L, int32_t position, const void **bytes) {
    clua_scalar scalar = {0};
    switch (lua_type(L, position)) {
    case LUA_TNONE: case LUA_TNIL: break;
    case LUA_TBOOLEAN: scalar.tag = lua_toboolean(L, position) ? CLUA_TRUE : CLUA_FALSE; break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, position)) {
            scalar.tag = CLUA_INTEGER;
            scalar.bits = lua_tointeger(L, position);
        } else {
            lua_Number number = lua_tonumber(L, position);
            scalar.tag = CLUA_NUMBER;
            memcpy(&scalar.bits, &number, sizeof number);
        }
        break;
    case LUA_TSTRING: { // of a string lua_tolstring converts nothing and so allocates nothing
        size_t count;
        *bytes = lua_tolstring(L, position, &count);
        scalar.tag = CLUA_STRING;
        scalar.count = (uint32_t)count;
        break;
    }
    case LUA_TTABLE: scalar.tag = CLUA_TABLE; break;
    case LUA_TFUNCTION: scalar.tag = CLUA_FUNCTION; break;
    default: scalar.tag = lua_touserdata(L, position) == (void *)&clua_null_address ? CLUA_NULL : CLUA_OTHER;
    }
    return scalar;
}

static int write_body(lua_State *L) {
    clua_write_value(L, 1);
    return 0;
}

clua_status clua_argument_value(clua_frame *L, int32_t position) {
    clua_state *state = state_of(L);
    int missing = lua_isnone(L, position);
    lua_pushcfunction(L, write_body);
    if (missing) {
        lua_pushnil(L);
    } else {
        lua_pushvalue(L, position);
    }
    int status = lua_pcall(L, 1, 0, 0);
    if (status == LUA_OK) return CLUA_OK;
    lua_pop(L, 1);
    clua_release_fresh(L);
    clua_status failure = state->failure;
    state->failure = CLUA_OK; // the host throws it: a script may catch it
    if (state->killed || failure == CLUA_OK) return CLUA_LIMIT;
    return failure;
}

void clua_location(clua_frame *L, char *buffer, size_t size) {
    lua_Debug caller;
    buffer[0] = 0;
    for (int level = 1; level < 20 && lua_getstack(L, level, &caller); level++) {
        if (!lua_getinfo(L, "Sl", &caller) || caller.currentline <= 0) continue;
        snprintf(buffer, size, "%s:%d", caller.short_src, caller.currentline);
        return;
    }
}

// MARK: Reply

void clua_reply(clua_frame *L, clua_bytes wire) {
    clua_buffer *reply = &state_of(L)->reply;
    if (wire.count > reply->capacity) {
        char *moved = realloc(reply->bytes, wire.count);
        if (!moved) abort(); // as Swift does when memory runs out
        reply->bytes = moved;
        reply->capacity = wire.count;
    }
    if (wire.count) memcpy(reply->bytes, wire.bytes, wire.count);
    reply->count = wire.count;
}

void clua_reply_scalar(clua_frame *L, clua_scalar value) { state_of(L)->reply_scalar = value; }

void clua_push_reply(lua_State *L) {
    clua_state *state = state_of(L);
    if (state->reply.count > 0) {
        const char *at = state->reply.bytes;
        clua_charge(L, (int64_t)(state->reply.count >> 3));
        clua_read_value(L, &at, at + state->reply.count);
        return;
    }
    switch (state->reply_scalar.tag) {
    case CLUA_NULL: lua_pushlightuserdata(L, (void *)&clua_null_address); return;
    case CLUA_FALSE: case CLUA_TRUE: lua_pushboolean(L, state->reply_scalar.tag == CLUA_TRUE); return;
    case CLUA_INTEGER: lua_pushinteger(L, state->reply_scalar.bits); return;
    case CLUA_NUMBER: {
        lua_Number number;
        memcpy(&number, &state->reply_scalar.bits, sizeof number);
        lua_pushnumber(L, number);
        return;
    }
    default: lua_pushnil(L);
    }
}
