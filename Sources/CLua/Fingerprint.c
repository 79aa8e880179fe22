#include "State.h"

// What a function does, as a number: of its code without names of files and lines, so that another comment above it
// changes nothing. What its upvalues hold is not part of it.

// FNV-1a: there is no adversary, and functions are short.
static int hash(lua_State *L, const void *bytes, size_t count, void *context) {
    (void)L;
    uint64_t *value = context;
    for (size_t at = 0; at < count; at++) *value = (*value ^ ((const uint8_t *)bytes)[at]) * 1099511628211u;
    return 0;
}

uint64_t clua_fingerprint(clua_state *state, int32_t reference) {
    uint64_t value = 14695981039346656037u;
    // Neither raises nor allocates: the slots are a C function's own twenty.
    clua_push_reference(state->L, reference);
    if (lua_isfunction(state->L, -1) && !lua_iscfunction(state->L, -1)) lua_dump(state->L, hash, &value, 1);
    lua_pop(state->L, 1);
    return value;
}
