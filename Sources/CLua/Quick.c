#include "Entry.h"

#include <string.h>

// MARK: The cheap call

typedef struct {
    const clua_quick_call *call;
    clua_scalar *result;
} quick_request;

static inline void push_scalar(lua_State *L, const clua_scalar *scalar, const char *arena) {
    switch (scalar->tag) {
    case CLUA_NULL: lua_pushlightuserdata(L, (void *)&clua_null_address); return;
    case CLUA_FALSE: case CLUA_TRUE: lua_pushboolean(L, scalar->tag == CLUA_TRUE); return;
    case CLUA_INTEGER: lua_pushinteger(L, scalar->bits); return;
    case CLUA_NUMBER: {
        lua_Number number;
        memcpy(&number, &scalar->bits, sizeof number);
        lua_pushnumber(L, number);
        return;
    }
    case CLUA_STRING: lua_pushlstring(L, arena + scalar->bits, scalar->count); return;
    default: lua_pushnil(L);
    }
}

/// 0: the value at the top is none without parts.
static inline int read_scalar(lua_State *L, clua_scalar *result) {
    switch (lua_type(L, -1)) {
    case LUA_TNIL: result->tag = CLUA_NIL; return 1;
    case LUA_TBOOLEAN: result->tag = lua_toboolean(L, -1) ? CLUA_TRUE : CLUA_FALSE; return 1;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1)) {
            result->tag = CLUA_INTEGER;
            result->bits = lua_tointeger(L, -1);
        } else {
            lua_Number number = lua_tonumber(L, -1);
            result->tag = CLUA_NUMBER;
            memcpy(&result->bits, &number, sizeof number);
        }
        return 1;
    default: return 0;
    }
}

static inline void deliver(lua_State *L, clua_scalar *result) {
    if (read_scalar(L, result)) return;
    result->tag = CLUA_TABLE;
    clua_write_value(L, -1);
}

static int quick_body(lua_State *L) {
    const quick_request *request = lua_touserdata(L, 1);
    const clua_quick_call *call = request->call;
    luaL_checkstack(L, (int)call->count + 4, "too many arguments");
    clua_push_reference(L, call->function);
    for (uint32_t i = 0; i < call->count; i++) push_scalar(L, &call->values[i], call->arena);
    lua_call(L, (int)call->count, 1);
    deliver(L, request->result);
    return 0;
}

static void read_fields(lua_State *L, const clua_quick_call *call) {
    for (uint32_t i = call->first_written; i < call->count; i++) {
        clua_scalar *field = &call->written[i - call->first_written];
        lua_pushvalue(L, lua_upvalueindex((int)i + 2));
        lua_rawget(L, lua_upvalueindex(1));
        if (!read_scalar(L, field)) {
            field->tag = CLUA_TABLE;
            field->bits = (int64_t)clua_add_value(L, -1, lua_tostring(L, lua_upvalueindex((int)i + 2)));
        }
        lua_pop(L, 1);
    }
    state_of(L)->fresh.count = 0; // the host's from now on
}

/// A closure: upvalue 1 is the table, the others are its keys, interned once.
static int record_body(lua_State *L) {
    const quick_request *request = lua_touserdata(L, 1);
    const clua_quick_call *call = request->call;
    for (uint32_t i = 0; i < call->count; i++) {
        lua_pushvalue(L, lua_upvalueindex((int)i + 2));
        push_scalar(L, &call->values[i], call->arena);
        lua_rawset(L, lua_upvalueindex(1));
    }
    clua_push_reference(L, call->function);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_call(L, 1, 1);
    if (call->written && lua_istable(L, -1) && lua_rawequal(L, -1, lua_upvalueindex(1))) {
        request->result->tag = CLUA_NIL;
    } else {
        deliver(L, request->result);
    }
    if (call->written) read_fields(L, call);
    return 0;
}

clua_status clua_call_quick(clua_state *state, const clua_budget *budget, const clua_quick_call *call,
                            clua_scalar *result) {
    quick_request request = {call, result};
    if (call->record < 0) return clua_enter(state, budget, quick_body, &request);
    lua_State *L = state->L;
    clua_begin(state, budget, call->is_straight);
    lua_pushcfunction(L, clua_describe);
    clua_push_reference(L, call->record);
    lua_pushlightuserdata(L, &request);
    return clua_end(state, lua_pcall(L, 1, 0, 1));
}

// MARK: Records

static int refuse_field(lua_State *L) {
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "this entry";
    return luaL_error(L, "'%s' is not a field of this record", name);
}

typedef struct {
    clua_bytes names;
    int32_t is_open, reference;
} record_request;

/// A field that a script added would still be there in the next record.
static void close_record(lua_State *L) {
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, refuse_field);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &clua_frozen_key);
    lua_setmetatable(L, -2);
}

static int make_record_body(lua_State *L) {
    record_request *request = lua_touserdata(L, 1);
    const char *at = request->names.bytes, *last = at + request->names.count;
    uint32_t count = clua_read_u32(L, &at, last);
    luaL_argcheck(L, count <= CLUA_MOST_FIELDS, 1, "too many fields");
    luaL_checkstack(L, (int)count + 8, "too many fields");
    lua_createtable(L, 0, (int)count);
    if (!request->is_open) close_record(L);
    for (uint32_t i = 0; i < count; i++) clua_read_value(L, &at, last);
    lua_pushcclosure(L, record_body, (int)count + 1);
    request->reference = clua_refer(L);
    return 0;
}

clua_status clua_make_record(clua_state *state, clua_bytes names, int32_t is_open, int32_t *reference) {
    record_request request = {names, is_open, -1};
    clua_status status = clua_enter(state, &clua_host_budget, make_record_body, &request);
    *reference = request.reference;
    return status;
}
