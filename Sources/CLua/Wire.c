#include "State.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Values between Lua and the host as one run of bytes, so that neither walks
// the other's data: Swift never touches the Lua stack, C never a Swift object.

// MARK: Buffers

void clua_append(lua_State *L, clua_buffer *buffer, const void *bytes, size_t count) {
    if (buffer->count + count > buffer->capacity) {
        size_t capacity = buffer->capacity * 2 > buffer->count + count ? buffer->capacity * 2 : buffer->count + count;
        char *moved = realloc(buffer->bytes, capacity);
        if (!moved) luaL_error(L, "not enough memory");
        buffer->bytes = moved;
        buffer->capacity = capacity;
    }
    if (count) memcpy(buffer->bytes + buffer->count, bytes, count);
    buffer->count += count;
}

static void append_tag(lua_State *L, uint8_t tag) { clua_append(L, &state_of(L)->result, &tag, 1); }
static void append_u32(lua_State *L, uint32_t value) { clua_append(L, &state_of(L)->result, &value, 4); }

// MARK: Path of the value that is being written

typedef struct step {
    const struct step *outer;
    const void *table;
    const char *name; // NULL: a position
    lua_Integer position;
} step;

static size_t format_path(const step *step, char *text, size_t size) {
    if (!step || !step->outer) return 0;
    size_t count = format_path(step->outer, text, size);
    if (count >= size - 1) return count;
    int written = step->name ? snprintf(text + count, size - count, count ? ".%.60s" : "%.60s", step->name)
                             : snprintf(text + count, size - count, "[%lld]", (long long)step->position);
    return written < 0 ? count : count + (size_t)written;
}

_Noreturn static void fail(lua_State *L, const step *at, clua_status failure, const char *reason) {
    clua_state *state = state_of(L);
    state->path[0] = 0;
    format_path(at, state->path, sizeof state->path);
    state->failure = failure;
    state->message_count = (size_t)snprintf(state->message, sizeof state->message, "%s", reason);
    if (failure == CLUA_LIMIT) clua_mark_killed(state, L, CLUA_LIMIT_RESULT);
    lua_pushstring(L, reason);
    lua_error(L);
    abort();
}

// MARK: Writing

static void write_value(lua_State *L, int index, const step *at, uint32_t depth);

static void write_bytes(lua_State *L, const step *at, const char *bytes, size_t count) {
    clua_state *state = state_of(L);
    if (state->result.count + count > state->result_bytes) {
        fail(L, at, CLUA_LIMIT, "the value is too large");
    }
    append_u32(L, (uint32_t)count);
    clua_append(L, &state->result, bytes, count);
}

static void write_function(lua_State *L, int index, const step *at) {
    lua_Debug function;
    lua_pushvalue(L, index);
    lua_getinfo(L, ">S", &function);
    if (state_of(L)->functions >= CLUA_MOST_REFERENCES) {
        fail(L, at, CLUA_LIMIT, "the host holds too many functions of this script");
    }
    lua_pushvalue(L, index);
    int32_t parts[2] = {clua_refer(L), function.linedefined};
    append_tag(L, CLUA_FUNCTION);
    clua_append(L, &state_of(L)->result, parts, sizeof parts);
    write_bytes(L, at, function.short_src, strlen(function.short_src));
}

/// Sorts the string keys of the table at `index` into a userdata, which it pushes.
/// `*items` is the length of its list, which must have no holes.
static clua_key *push_fields(lua_State *L, int index, const step *at, uint32_t *items, uint32_t *fields) {
    clua_state *state = state_of(L);
    uint32_t positions = 0, names = 0;
    lua_Integer last = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (state->result_entries-- == 0) fail(L, at, CLUA_LIMIT, "the value has too many entries");
        int type = lua_type(L, -2);
        if (type == LUA_TSTRING) {
            names++;
        } else if (type == LUA_TNUMBER && lua_isinteger(L, -2)) {
            lua_Integer key = lua_tointeger(L, -2);
            step inner = {at, NULL, NULL, key};
            if (key < 1) fail(L, &inner, CLUA_CONVERSION, "a list starts at 1");
            positions++;
            if (key > last) last = key;
        } else {
            char reason[80];
            snprintf(reason, sizeof reason, "a %s cannot be a key here",
                     type == LUA_TNUMBER ? "fraction" : lua_typename(L, type));
            fail(L, at, CLUA_CONVERSION, reason);
        }
    }
    if (last != (lua_Integer)positions) {
        lua_Integer hole = 1;
        while (lua_rawgeti(L, index, hole) != LUA_TNIL) {
            lua_pop(L, 1);
            hole++;
        }
        step inner = {at, NULL, NULL, hole};
        fail(L, &inner, CLUA_CONVERSION, "a list cannot have holes; use null for an entry without a value");
    }
    clua_key *keys = lua_newuserdatauv(L, (names ? names : 1) * sizeof *keys, 0);
    uint32_t found = 0;
    for (lua_pushnil(L); names && lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING && found < names) keys[found++] = clua_key_at(L, -2);
    }
    if (!names) lua_pop(L, 1); // the nil no walk took
    qsort(keys, names, sizeof *keys, clua_compare_keys);
    *items = positions;
    *fields = names;
    return keys;
}

static void write_table(lua_State *L, int index, const step *at, uint32_t depth) {
    clua_state *state = state_of(L);
    const void *identity = lua_topointer(L, index);
    for (const step *outer = at->outer; outer; outer = outer->outer) {
        if (outer->table == identity) fail(L, at, CLUA_CONVERSION, "the table contains itself");
    }
    if (depth >= state->result_depth) fail(L, at, CLUA_CONVERSION, "the value is nested too deeply");
    luaL_checkstack(L, 10, "value");
    int top = lua_gettop(L);
    uint8_t marked = (uint8_t)clua_is_array(L, index);
    if (clua_push_frozen(L, index)) index = lua_gettop(L);

    uint32_t items, fields;
    const step here = {at->outer, identity, at->name, at->position};
    clua_key *keys = push_fields(L, index, at, &items, &fields);
    append_tag(L, CLUA_TABLE);
    append_tag(L, marked);
    append_u32(L, items);
    append_u32(L, fields);
    for (uint32_t i = 1; i <= items; i++) {
        step inner = {&here, NULL, NULL, i};
        lua_rawgeti(L, index, i);
        write_value(L, lua_gettop(L), &inner, depth + 1);
        lua_pop(L, 1);
    }
    for (uint32_t i = 0; i < fields; i++) {
        step inner = {&here, NULL, keys[i].as.bytes, 0};
        write_bytes(L, &inner, keys[i].as.bytes, keys[i].count);
        lua_pushlstring(L, keys[i].as.bytes, keys[i].count);
        lua_rawget(L, index);
        write_value(L, lua_gettop(L), &inner, depth + 1);
        lua_pop(L, 1);
    }
    lua_settop(L, top);
}

static void write_value(lua_State *L, int index, const step *at, uint32_t depth) {
    clua_state *state = state_of(L);
    if (state->result.count > state->result_bytes) fail(L, at, CLUA_LIMIT, "the value is too large");
    switch (lua_type(L, index)) {
    case LUA_TNIL: append_tag(L, CLUA_NIL); return;
    case LUA_TBOOLEAN: append_tag(L, lua_toboolean(L, index) ? CLUA_TRUE : CLUA_FALSE); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            lua_Integer integer = lua_tointeger(L, index);
            append_tag(L, CLUA_INTEGER);
            clua_append(L, &state->result, &integer, sizeof integer);
        } else {
            lua_Number number = lua_tonumber(L, index);
            append_tag(L, CLUA_NUMBER);
            clua_append(L, &state->result, &number, sizeof number);
        }
        return;
    case LUA_TSTRING: {
        size_t count;
        const char *bytes = lua_tolstring(L, index, &count);
        append_tag(L, CLUA_STRING);
        write_bytes(L, at, bytes, count);
        return;
    }
    case LUA_TTABLE: write_table(L, index, at, depth); return;
    case LUA_TFUNCTION: write_function(L, index, at); return;
    case LUA_TLIGHTUSERDATA:
        if (lua_touserdata(L, index) == (void *)&clua_null_address) {
            append_tag(L, CLUA_NULL);
            return;
        }
    }
    char reason[80];
    snprintf(reason, sizeof reason, "a %s cannot leave the script", luaL_typename(L, index));
    fail(L, at, CLUA_CONVERSION, reason);
}

size_t clua_add_value(lua_State *L, int index, const char *name) {
    const step root = {0}, field = {&root, NULL, name, 0};
    size_t offset = state_of(L)->result.count;
    write_value(L, lua_absindex(L, index), name ? &field : &root, 0);
    return offset;
}

void clua_write_value(lua_State *L, int index) {
    clua_state *state = state_of(L);
    state->result.count = state->fresh.count = 0;
    clua_add_value(L, index, NULL);
    state->fresh.count = 0; // the host's from now on
}

// MARK: Reading

static void read_bytes(lua_State *L, const char **at, const char *end, void *into, size_t count) {
    if ((size_t)(end - *at) < count) luaL_error(L, "the host passed a damaged value");
    memcpy(into, *at, count);
    *at += count;
}

uint32_t clua_read_u32(lua_State *L, const char **at, const char *end) {
    uint32_t value;
    read_bytes(L, at, end, &value, sizeof value);
    return value;
}

static void read_string(lua_State *L, const char **at, const char *end) {
    uint32_t count = clua_read_u32(L, at, end);
    if ((size_t)(end - *at) < count) luaL_error(L, "the host passed a damaged value");
    lua_pushlstring(L, *at, count);
    *at += count;
}

static void read_table(lua_State *L, const char **at, const char *end) {
    uint8_t marked;
    read_bytes(L, at, end, &marked, 1);
    uint32_t items = clua_read_u32(L, at, end), fields = clua_read_u32(L, at, end);
    luaL_checkstack(L, 6, "the value is nested too deeply");
    lua_createtable(L, (int)items, (int)fields);
    for (uint32_t i = 1; i <= items; i++) {
        clua_read_value(L, at, end);
        lua_rawseti(L, -2, i);
    }
    for (uint32_t i = 0; i < fields; i++) {
        read_string(L, at, end);
        clua_read_value(L, at, end);
        lua_rawset(L, -3);
    }
    if (marked) {
        lua_rawgetp(L, LUA_REGISTRYINDEX, &clua_array_key);
        lua_setmetatable(L, -2);
    }
}

void clua_read_value(lua_State *L, const char **at, const char *end) {
    uint8_t tag;
    read_bytes(L, at, end, &tag, 1);
    switch (tag) {
    case CLUA_NIL: lua_pushnil(L); return;
    case CLUA_NULL: lua_pushlightuserdata(L, (void *)&clua_null_address); return;
    case CLUA_FALSE: case CLUA_TRUE: lua_pushboolean(L, tag == CLUA_TRUE); return;
    case CLUA_INTEGER: {
        lua_Integer integer;
        read_bytes(L, at, end, &integer, sizeof integer);
        lua_pushinteger(L, integer);
        return;
    }
    case CLUA_NUMBER: {
        lua_Number number;
        read_bytes(L, at, end, &number, sizeof number);
        lua_pushnumber(L, number);
        return;
    }
    case CLUA_STRING: read_string(L, at, end); return;
    case CLUA_TABLE: read_table(L, at, end); return;
    case CLUA_FUNCTION: {
        int32_t reference;
        read_bytes(L, at, end, &reference, sizeof reference);
        // Line and name, which the function has of itself; left where they are, they would be taken for the next value.
        (void)clua_read_u32(L, at, end);
        uint32_t name = clua_read_u32(L, at, end);
        if ((size_t)(end - *at) < name) luaL_error(L, "the host passed a damaged value");
        *at += name;
        clua_push_reference(L, reference);
        return;
    }
    }
    luaL_error(L, "the host passed a damaged value");
}
