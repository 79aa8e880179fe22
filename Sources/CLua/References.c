#include "State.h"

#include <string.h>

// Values the host holds on to: functions and records, by number.

int32_t clua_refer(lua_State *L) {
    clua_state *state = state_of(L);
    if (state->functions >= CLUA_MOST_REFERENCES) {
        luaL_error(L, "the host holds %d functions of this script already", (int)CLUA_MOST_REFERENCES);
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clua_references_key);
    lua_insert(L, -2);
    int reference = luaL_ref(L, -2);
    lua_pop(L, 1);
    state->functions++;
    clua_append(L, &state->fresh, &reference, sizeof reference);
    return reference;
}

void clua_push_reference(lua_State *L, int32_t reference) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clua_references_key);
    lua_rawgeti(L, -1, reference);
    lua_remove(L, -2);
}

void clua_release_fresh(lua_State *L) {
    clua_state *state = state_of(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &clua_references_key);
    for (size_t at = 0; at + sizeof(int32_t) <= state->fresh.count; at += sizeof(int32_t)) {
        int32_t reference;
        memcpy(&reference, state->fresh.bytes + at, sizeof reference);
        luaL_unref(L, -1, reference);
        state->functions--;
    }
    state->fresh.count = 0;
    lua_pop(L, 1);
}

void clua_release(clua_state *state, int32_t reference) {
    // Neither allocates nor raises: both slots that luaL_unref assigns exist.
    lua_rawgetp(state->L, LUA_REGISTRYINDEX, &clua_references_key);
    luaL_unref(state->L, -1, reference);
    lua_pop(state->L, 1);
    state->functions--;
}
