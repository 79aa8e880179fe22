#include "Entry.h"

#include <stdio.h>
#include <string.h>

// The ways into Lua. Each runs one C function under one `lua_pcall` and one
// budget; nothing that may raise or allocate happens outside it.

const clua_budget clua_host_budget = {
    .instructions = INT64_MAX / 4,
    .work = INT64_MAX / 4,
    .heap = SIZE_MAX / 4,
    .result_entries = UINT32_MAX,
    .result_depth = 100,
    .result_bytes = SIZE_MAX / 4,
};

// MARK: Outcome

static void store(char *into, size_t size, size_t *count, const char *text, size_t length) {
    *count = length < size - 1 ? length : size - 1;
    memcpy(into, text, *count);
    into[*count] = 0;
}

/// Message handler: keeps message and traceback outside the Lua heap.
int clua_describe(lua_State *L) {
    clua_state *state = state_of(L);
    // While the hook raises hooks are off: `__tostring` would run unbounded.
    if (state->killed || state->failure) return 1;
    size_t length;
    if (lua_type(L, 1) != LUA_TSTRING) {
        if (luaL_getmetafield(L, 1, "__tostring") != LUA_TNIL) {
            lua_pushvalue(L, 1);
            lua_call(L, 1, 1);
        } else {
            lua_pushfstring(L, "the script raised a %s instead of a message", luaL_typename(L, 1));
        }
        if (lua_type(L, -1) != LUA_TSTRING) return 1;
        lua_replace(L, 1);
    }
    const char *message = lua_tolstring(L, 1, &length);
    store(state->message, sizeof state->message, &state->message_count, message, length);
    luaL_traceback(L, L, NULL, 1);
    const char *traceback = lua_tolstring(L, -1, &length);
    size_t ignored;
    store(state->traceback, sizeof state->traceback, &ignored, traceback, length);
    lua_settop(L, 1);
    return 1;
}

void clua_begin(clua_state *state, const clua_budget *budget, int is_straight) {
    state->instructions = budget->instructions;
    state->credit = budget->work < CLUA_SLICE ? budget->work : CLUA_SLICE;
    state->work = budget->work - state->credit;
    state->wall = budget->wall_nanoseconds;
    state->deadline = 0;
    state->limit = budget->heap;
    state->result_entries = budget->result_entries;
    state->result_depth = budget->result_depth;
    state->result_bytes = budget->result_bytes;
    state->result.count = 0;
    state->fresh.count = 0;
    state->killed = 0;
    state->refused = 0;
    state->failure = CLUA_OK;
    state->printed = 0;
    state->message_count = 0;
    state->traceback[0] = state->path[0] = state->where[0] = state->chunk[0] = 0;
    state->number++;
    atomic_store_explicit(&state->watch->current, state->number, memory_order_release);
    state->running = state->L;
    if (!is_straight) {
        clua_arm(state, state->L);
    } else if (lua_gethook(state->L)) {
        lua_sethook(state->L, NULL, 0, 0);
    }
}

clua_status clua_end(clua_state *state, int status) {
    lua_State *L = state->L;
    state->running = NULL;
    atomic_store_explicit(&state->watch->current, 0, memory_order_release);
    if (status == LUA_OK && !state->killed) {
        lua_settop(L, 0);
        return CLUA_OK;
    }
    clua_release_fresh(L);
    if (!state->killed && !state->failure && (status == LUA_ERRMEM || state->refused)) {
        state->killed = CLUA_LIMIT_MEMORY;
    }
    if (!state->killed && state->message_count == 0) { // an error in the handler
        size_t length = 0;
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
        if (!text) length = strlen(text = "the script raised an error without a message");
        store(state->message, sizeof state->message, &state->message_count, text, length);
    }
    lua_settop(L, 0);
    if (state->killed) {
        if (state->killed != CLUA_LIMIT_RESULT) {
            const char *where = state->where[0] ? state->where : state->chunk;
            store(state->message, sizeof state->message, &state->message_count, where, strlen(where));
        }
        return CLUA_LIMIT;
    }
    return state->failure ? state->failure : CLUA_RUNTIME;
}

clua_status clua_enter(clua_state *state, const clua_budget *budget, lua_CFunction body, void *context) {
    lua_State *L = state->L;
    clua_begin(state, budget, 0);
    lua_pushcfunction(L, clua_describe);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, context);
    return clua_end(state, lua_pcall(L, 1, 0, 1));
}

clua_bytes clua_message(const clua_state *state) { return (clua_bytes){state->message, state->message_count}; }
clua_bytes clua_traceback(const clua_state *state) {
    return (clua_bytes){state->traceback, strlen(state->traceback)};
}
clua_bytes clua_path(const clua_state *state) { return (clua_bytes){state->path, strlen(state->path)}; }
clua_bytes clua_result(const clua_state *state) { return (clua_bytes){state->result.bytes, state->result.count}; }

// MARK: load

typedef struct {
    clua_bytes source;
    size_t at;
    const char *name;
} load_request;

/// Hands the parser small pieces: it has no hook, so this is where it is charged and watched.
static const char *read_piece(lua_State *L, void *context, size_t *size) {
    enum { PIECE = 512, UNITS_PER_BYTE = 4 };
    load_request *request = context;
    size_t left = request->source.count - request->at;
    *size = left < PIECE ? left : PIECE;
    clua_charge(L, 1 + UNITS_PER_BYTE * (int64_t)*size);
    const char *piece = (const char *)request->source.bytes + request->at;
    request->at += *size;
    return *size ? piece : NULL;
}

static int load_body(lua_State *L) {
    clua_state *state = state_of(L);
    load_request *request = lua_touserdata(L, 1);
    lua_pushfstring(L, "@%s", request->name);
    // In case the parser itself is stopped: it has no line yet.
    snprintf(state->chunk, sizeof state->chunk, "%s: ", request->name);
    int status = lua_load(L, read_piece, request, lua_tostring(L, -1), "t");
    clua_recheck(L, status);
    state->chunk[0] = 0;
    if (status != LUA_OK) {
        size_t length;
        const char *message = lua_tolstring(L, -1, &length);
        if (!strchr(message, ':')) { // "C stack overflow" comes without a place
            lua_pushfstring(L, "%s: %s", request->name, message);
            message = lua_tolstring(L, -1, &length);
        }
        store(state->message, sizeof state->message, &state->message_count, message, length);
        state->failure = CLUA_SYNTAX;
        return lua_error(L);
    }
    lua_call(L, 0, 1);
    clua_write_value(L, -1);
    return 0;
}

clua_status clua_load(clua_state *state, const clua_budget *budget, clua_bytes source, const char *name) {
    load_request request = {source, 0, name};
    return clua_enter(state, budget, load_body, &request);
}

// MARK: global, call

static int global_body(lua_State *L) {
    // Raw: a `__index` that a script put on its globals must not run, but a frozen table is looked through.
    lua_pushglobaltable(L);
    if (clua_push_frozen(L, -1)) lua_remove(L, -2);
    lua_pushstring(L, lua_touserdata(L, 1));
    lua_rawget(L, -2);
    clua_write_value(L, -1);
    return 0;
}

clua_status clua_global(clua_state *state, const clua_budget *budget, const char *name) {
    return clua_enter(state, budget, global_body, (void *)name);
}

typedef struct {
    int32_t function;
    clua_bytes arguments;
} call_request;

static int call_body(lua_State *L) {
    const call_request *request = lua_touserdata(L, 1);
    const char *at = request->arguments.bytes, *last = at + request->arguments.count;
    clua_push_reference(L, request->function);
    uint32_t count = clua_read_u32(L, &at, last);
    luaL_checkstack(L, (int)count, "too many arguments");
    for (uint32_t i = 0; i < count; i++) clua_read_value(L, &at, last);
    lua_call(L, (int)count, 1);
    clua_write_value(L, -1);
    return 0;
}

clua_status clua_call(clua_state *state, const clua_budget *budget, int32_t function, clua_bytes arguments) {
    call_request request = {function, arguments};
    return clua_enter(state, budget, call_body, &request);
}
