#include "State.h"

#include <stdlib.h>
#include <string.h>

// pairs and next in a fixed order: integers ascending, strings by their bytes,
// other numbers ascending, false, true. Stock order depends on addresses and on
// a random seed, so a replay would decide differently.

// MARK: Keys

clua_key clua_key_at(lua_State *L, int index) {
    clua_key key = {.rank = CLUA_KEY_OTHER};
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        key.rank = lua_isinteger(L, index) ? CLUA_KEY_INTEGER : CLUA_KEY_NUMBER;
        if (key.rank == CLUA_KEY_INTEGER) {
            key.as.integer = lua_tointeger(L, index);
        } else {
            key.as.number = lua_tonumber(L, index);
        }
        break;
    case LUA_TSTRING: {
        size_t count;
        key.as.bytes = lua_tolstring(L, index, &count);
        key.count = (uint32_t)count;
        key.rank = CLUA_KEY_STRING;
        break;
    }
    case LUA_TBOOLEAN:
        key.as.integer = lua_toboolean(L, index);
        key.rank = CLUA_KEY_BOOLEAN;
    }
    return key;
}

int clua_compare_keys(const void *left, const void *right) {
    const clua_key *a = left, *b = right;
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    switch (a->rank) {
    case CLUA_KEY_STRING: {
        int order = memcmp(a->as.bytes, b->as.bytes, a->count < b->count ? a->count : b->count);
        return order ? order : (a->count > b->count) - (a->count < b->count);
    }
    case CLUA_KEY_NUMBER: return (a->as.number > b->as.number) - (a->as.number < b->as.number);
    case CLUA_KEY_OTHER: return 0;
    default: return (a->as.integer > b->as.integer) - (a->as.integer < b->as.integer);
    }
}

static void refuse_unordered(lua_State *L) {
    luaL_error(L, "this table has several keys that are tables or functions: "
                  "they have no fixed order to visit them in");
}

/// Walking past the empty slots of a table that was full once is work that no entry shows.
static void charge_walk(lua_State *L) { clua_charge(L, 1 + (int64_t)(state_of(L)->used >> 10)); }

// MARK: pairs

/// Upvalues: table, keys in order or nil, keys kept, length of the sequence, position.
static int next_pair(lua_State *L) {
    lua_Integer length = lua_tointeger(L, lua_upvalueindex(4)), position = lua_tointeger(L, lua_upvalueindex(5));
    const clua_key *keys = lua_touserdata(L, lua_upvalueindex(2));
    lua_Integer count = keys ? (lua_Integer)(lua_rawlen(L, lua_upvalueindex(2)) / sizeof *keys) : 0;
    for (; position < length + count; position++) {
        clua_charge(L, 1);
        const clua_key *key = position < length ? NULL : &keys[position - length];
        if (!key) {
            lua_pushinteger(L, position + 1);
        } else if (key->rank == CLUA_KEY_INTEGER) {
            lua_pushinteger(L, key->as.integer);
        } else {
            lua_rawgeti(L, lua_upvalueindex(3), key->index);
        }
        lua_pushvalue(L, -1);
        if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) {
            lua_pushinteger(L, position + 1);
            lua_replace(L, lua_upvalueindex(5));
            return 2;
        }
        lua_pop(L, 2); // removed meanwhile
    }
    lua_pushinteger(L, position);
    lua_replace(L, lua_upvalueindex(5));
    lua_pushnil(L);
    return 1;
}

typedef struct {
    lua_Integer others, integers, text;
} key_counts;

/// What is in the table at 1 beside the sequence 1…`length`.
static key_counts count_keys(lua_State *L, lua_Integer length) {
    key_counts counts = {0};
    int unordered = 0;
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        clua_charge(L, 1);
        int type = lua_type(L, -2);
        if (type == LUA_TNUMBER && lua_isinteger(L, -2)) {
            lua_Integer key = lua_tointeger(L, -2);
            counts.integers += key < 1 || key > length;
            continue;
        }
        counts.others++;
        if (type == LUA_TSTRING) counts.text += (lua_Integer)lua_rawlen(L, -2);
        if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN && ++unordered > 1) refuse_unordered(L);
    }
    return counts;
}

/// Pushes the sorted keys, as userdata, and a table that keeps those that are not integers.
static void push_sorted_keys(lua_State *L, lua_Integer length, key_counts counts) {
    lua_Integer count = counts.integers + counts.others, at = 0, kept = 0;
    clua_key *keys = lua_newuserdatauv(L, (size_t)count * sizeof *keys, 0);
    lua_createtable(L, (int)counts.others, 0);
    int keeper = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, 1) && at < count; lua_pop(L, 1)) {
        clua_key key = clua_key_at(L, -2);
        if (key.rank == CLUA_KEY_INTEGER && key.as.integer >= 1 && key.as.integer <= length) continue;
        if (key.rank != CLUA_KEY_INTEGER) {
            key.index = (uint32_t)++kept;
            lua_pushvalue(L, -2);
            lua_rawseti(L, keeper, kept);
        }
        keys[at++] = key;
    }
    lua_settop(L, keeper);
    int64_t rounds = 1;
    for (lua_Integer n = count; n > 1; n >>= 1) rounds++;
    clua_charge(L, rounds * (count + (counts.text >> 4)));
    qsort(keys, (size_t)count, sizeof *keys, clua_compare_keys);
}

static int base_pairs(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_call(L, 1, 3);
        return 3;
    }
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_pushvalue(L, 1);
    if (clua_push_frozen(L, 1)) lua_replace(L, 1);
    charge_walk(L);
    lua_Integer length = (lua_Integer)lua_rawlen(L, 1);
    key_counts counts = count_keys(L, length);
    if (counts.integers > 0) { // zero, negatives or holes: no plain sequence
        length = 0;
        counts = count_keys(L, 0);
    }
    lua_pushvalue(L, 1);
    if (counts.integers + counts.others > 0) {
        push_sorted_keys(L, length, counts);
    } else {
        lua_pushnil(L);
        lua_pushnil(L);
    }
    lua_pushinteger(L, length);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_pair, 5);
    lua_pushvalue(L, 2); // not what stands behind a frozen table: it could be assigned
    lua_pushnil(L);
    return 3;
}

// MARK: next

/// The entry with the smallest key after the given one. Walks the whole table: `pairs` does not.
static int base_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    if (clua_push_frozen(L, 1)) lua_replace(L, 1);
    int from_start = lua_isnil(L, 2), found = 0, unordered = 0;
    clua_key after = clua_key_at(L, 2), best = {.rank = CLUA_KEY_OTHER};
    charge_walk(L);
    lua_pushnil(L); // 3: the best key so far
    lua_pushnil(L); // 4: its value
    for (lua_pushnil(L); lua_next(L, 1); lua_pop(L, 1)) {
        clua_charge(L, 1);
        clua_key key = clua_key_at(L, 5);
        if (key.rank == CLUA_KEY_OTHER && ++unordered > 1) refuse_unordered(L);
        if (key.rank == CLUA_KEY_STRING) clua_charge(L, key.count >> 5);
        if (!from_start && clua_compare_keys(&key, &after) <= 0) continue;
        if (found && clua_compare_keys(&key, &best) >= 0) continue;
        found = 1;
        best = key;
        lua_pushvalue(L, 5);
        lua_replace(L, 3);
        lua_pushvalue(L, 6);
        lua_replace(L, 4);
    }
    lua_settop(L, found ? 4 : 3);
    return found ? 2 : 1;
}

void clua_open_order(lua_State *L) {
    lua_register(L, "pairs", base_pairs);
    lua_register(L, "next", base_next);
}
