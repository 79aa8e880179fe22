#include "State.h"

// table.*: plain tables only, because a lying `__len` would make C loop; and
// explicit ranges are charged before they are walked.

static int64_t plain_length(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    if (luaL_getmetafield(L, 1, "__len") != LUA_TNIL) {
        return luaL_error(L, "table functions do not take a table with __len");
    }
    return (int64_t)lua_rawlen(L, 1);
}

static int64_t span(lua_Integer first, lua_Integer last) {
    if (first > last) return 0;
    uint64_t steps = (uint64_t)last - (uint64_t)first;
    if (steps >= (uint64_t)1 << 40) return (int64_t)1 << 40; // more than any budget
    return (int64_t)steps + 1;
}

static int table_concat(lua_State *L) {
    int64_t length = plain_length(L);
    size_t separator;
    luaL_optlstring(L, 2, "", &separator);
    int64_t items = span(luaL_optinteger(L, 3, 1), luaL_optinteger(L, 4, length));
    lua_settop(L, 4);
    clua_make_room(L);
    // Dividing keeps the product from overflowing.
    clua_charge(L, 1 + items);
    clua_charge(L, items * (int64_t)(separator >> 4));
    return clua_run_stock(L);
}

static int table_unpack(lua_State *L) {
    lua_Integer first = luaL_optinteger(L, 2, 1);
    int64_t length = lua_isnoneornil(L, 3) ? plain_length(L) : 0;
    clua_charge(L, 1 + span(first, luaL_optinteger(L, 3, length)));
    return clua_run_stock(L);
}

static int table_insert(lua_State *L) {
    int64_t length = plain_length(L);
    int64_t moved = lua_gettop(L) < 3 ? 0 : span(luaL_checkinteger(L, 2), length);
    clua_charge(L, 1 + moved);
    return clua_run_stock(L);
}

static int table_remove(lua_State *L) {
    int64_t length = plain_length(L);
    clua_charge(L, 1 + span(luaL_optinteger(L, 2, length), length));
    return clua_run_stock(L);
}

static int table_move(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    clua_charge(L, 1 + 2 * span(luaL_checkinteger(L, 2), luaL_checkinteger(L, 3)));
    return clua_run_stock(L);
}

static int table_pack(lua_State *L) {
    clua_charge(L, 1 + lua_gettop(L));
    return clua_run_stock(L);
}

// MARK: sort

// Quicksort of stock's shape, with the two things it lacks: every comparison is
// charged, and the pivot of a bad partition does not come from the clock.

/// Whether the value at `left` sorts before the one at `right` (negative indices).
static int precedes(lua_State *L, int left, int right) {
    clua_charge(L, 2);
    if (lua_isnil(L, 2)) {
        if (lua_type(L, left) == LUA_TSTRING && lua_type(L, right) == LUA_TSTRING) {
            size_t a = lua_rawlen(L, left), b = lua_rawlen(L, right);
            clua_charge(L, (int64_t)((a < b ? a : b) >> 3));
        }
        return lua_compare(L, left, right, LUA_OPLT);
    }
    lua_pushvalue(L, 2);
    lua_pushvalue(L, left - 1);
    lua_pushvalue(L, right - 2);
    lua_call(L, 2, 1);
    int result = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return result;
}

/// Pops two values: the top becomes element `i`, the one below element `j`.
static void set_pair(lua_State *L, lua_Integer i, lua_Integer j) {
    lua_seti(L, 1, i);
    lua_seti(L, 1, j);
}

static void order_pair(lua_State *L, lua_Integer low, lua_Integer high) {
    lua_geti(L, 1, low);
    lua_geti(L, 1, high);
    if (precedes(L, -1, -2)) {
        set_pair(L, low, high);
    } else {
        lua_pop(L, 2);
    }
}

/// Pivot on top of the stack and in element `high - 1`. Returns where it ends up.
static lua_Integer partition(lua_State *L, lua_Integer low, lua_Integer high) {
    lua_Integer i = low, j = high - 1;
    for (;;) {
        while (lua_geti(L, 1, ++i), precedes(L, -1, -2)) {
            if (i >= high - 1) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        while (lua_geti(L, 1, --j), precedes(L, -3, -1)) {
            if (j < i) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        if (j < i) {
            lua_pop(L, 1);
            set_pair(L, high - 1, i); // stack: pivot, a[i]
            return i;
        }
        set_pair(L, i, j);
    }
}

static void sort_range(lua_State *L, lua_Integer low, lua_Integer high, uint64_t seed) {
    while (low < high) {
        order_pair(L, low, high);
        if (high - low == 1) return;
        lua_Integer middle = low + (lua_Integer)(((uint64_t)high - (uint64_t)low) / 2);
        if (high - low > 100 && seed != 0) {
            lua_Integer quarter = (high - low) / 4;
            middle = low + quarter + (lua_Integer)(seed % (uint64_t)(quarter * 2));
        }
        lua_geti(L, 1, middle);
        lua_geti(L, 1, low);
        if (precedes(L, -2, -1)) {
            set_pair(L, middle, low);
        } else {
            lua_pop(L, 1);
            lua_geti(L, 1, high);
            if (precedes(L, -1, -2)) {
                set_pair(L, middle, high);
            } else {
                lua_pop(L, 2);
            }
        }
        if (high - low == 2) return;
        lua_geti(L, 1, middle);
        lua_pushvalue(L, -1);
        lua_geti(L, 1, high - 1);
        set_pair(L, middle, high - 1);
        lua_Integer pivot = partition(L, low, high), size;
        if (pivot - low < high - pivot) { // recurse into the smaller part: depth stays logarithmic
            sort_range(L, low, pivot - 1, seed);
            size = pivot - low;
            low = pivot + 1;
        } else {
            sort_range(L, pivot + 1, high, seed);
            size = high - pivot;
            high = pivot - 1;
        }
        if ((high - low) / 128 > size) seed = seed * 6364136223846793005u + 1442695040888963407u;
    }
}

static int table_sort(lua_State *L) {
    int64_t length = plain_length(L);
    if (length < 2) return 0;
    luaL_argcheck(L, length < INT32_MAX, 1, "array too big");
    if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_checkstack(L, 40, "");
    sort_range(L, 1, length, 0);
    return 0;
}

void clua_open_tables(lua_State *L) {
    const luaL_Reg wrapped[] = {{"concat", table_concat}, {"unpack", table_unpack}, {"insert", table_insert},
                                {"remove", table_remove}, {"move", table_move},     {"pack", table_pack},
                                {NULL, NULL}};
    lua_getglobal(L, "table");
    for (const luaL_Reg *entry = wrapped; entry->name; entry++) {
        lua_getfield(L, -1, entry->name);
        lua_pushcclosure(L, entry->func, 1);
        lua_setfield(L, -2, entry->name);
    }
    lua_pushcfunction(L, table_sort);
    lua_setfield(L, -2, "sort");
    lua_pop(L, 1);
}
