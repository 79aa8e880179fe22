#include "State.h"

#include <string.h>

// Values the host holds on to: functions and records, by number.

int32_t clua_refer(lua_State *L) {
    clua_state *state = state_of(L);
    if (state->functions >= CLUA_MOST_REFERENCES) {
        luaL_error(L, "the host holds %d functions of this script already", (int)CLUA_MOST_REFERENCES);
    }
    int reference = luaL_ref(L, LUA_REGISTRYINDEX);
    state->functions++;
    clua_append(L, &state->fresh, &reference, sizeof reference);
    return reference;
}

void clua_push_reference(lua_State *L, int32_t reference) { lua_rawgeti(L, LUA_REGISTRYINDEX, reference); }

void clua_release_fresh(lua_State *L) {
    clua_state *state = state_of(L);
    for (size_t at = 0; at + sizeof(int32_t) <= state->fresh.count; at += sizeof(int32_t)) {
        int32_t reference;
        memcpy(&reference, state->fresh.bytes + at, sizeof reference);
        luaL_unref(L, LUA_REGISTRYINDEX, reference);
        state->functions--;
    }
    state->fresh.count = 0;
}

void clua_release(clua_state *state, int32_t reference) {
    // Neither allocates nor raises: both slots that luaL_unref assigns exist.
    luaL_unref(state->L, LUA_REGISTRYINDEX, reference);
    state->functions--;
}

int32_t clua_last_line(clua_state *state, int32_t reference) {
    // Neither allocates nor raises: a slot is a C function's own, and what is asked for has no text.
    lua_Debug debug;
    clua_push_reference(state->L, reference);
    lua_getinfo(state->L, ">S", &debug);
    return debug.lastlinedefined;
}
