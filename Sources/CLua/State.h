#ifndef CLUA_STATE_H
#define CLUA_STATE_H

#include "CLua.h"

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdatomic.h>

struct clua_watch {
    _Atomic uint64_t current;     // number of the call that runs; 0 between calls
    _Atomic uint64_t interrupted; // a number
};

typedef struct {
    char *bytes;
    size_t count, capacity;
} clua_buffer;

enum {
    CLUA_TEXT = 2048,      // longest error message that is kept
    CLUA_INTERVAL = 1000,  // instructions between two hooks
    CLUA_SLICE = 1 << 15,  // work between two looks at the watch
    CLUA_MOST_REFERENCES = 10000,
};

struct clua_state {
    lua_State *L;
    lua_State *running; // the coroutine that runs now; NULL while Swift holds the state
    void *host;
    clua_watch *watch;

    // What is left of the budget. `credit` is a slice of `work` already taken
    // out of it, so that charging is one subtraction.
    int64_t credit, work, instructions;
    int64_t wall, deadline;
    uint64_t number;
    int killed; // a limit; once set nothing may be swallowed any more

    size_t used, limit;
    size_t refused;         // size of the last refused allocation that no retry has made good
    size_t after_collection; // `used` after the last collection that we asked for
    size_t longest;         // longest string ever made
    int interval;           // instructions between two hooks

    uint32_t result_entries, result_depth;
    size_t result_bytes;
    clua_buffer result, reply;
    clua_buffer fresh; // references made for a value that is not delivered yet
    clua_scalar reply_scalar;
    clua_status failure; // what a raised error was, where it is not a script's own
    uint32_t functions;  // references the host holds

    char where[128]; // where the budget ran out
    char chunk[128]; // what the parser reads
    char message[CLUA_TEXT], traceback[2 * CLUA_TEXT], path[512];
    size_t message_count;
    int printed;
};

static inline clua_state *state_of(lua_State *L) { return *(clua_state **)lua_getextraspace(L); }

// Budget.c
void *clua_allocate(void *state, void *block, size_t old_size, size_t new_size);
void clua_arm(clua_state *state, lua_State *L);
void clua_mark_killed(clua_state *state, lua_State *L, int limit);
_Noreturn void clua_kill(lua_State *L, int limit);
void clua_charge_slow(lua_State *L, clua_state *state);
void clua_note_location(clua_state *state, lua_State *L);
void clua_make_room(lua_State *L);

/// Spends `units` of work, and raises once there is none left.
static inline void clua_charge(lua_State *L, int64_t units) {
    clua_state *state = state_of(L);
    if (__builtin_expect((state->credit -= units) < 0, 0)) clua_charge_slow(L, state);
}

/// Raises again what must not be swallowed. Follows every protected call.
static inline void clua_recheck(lua_State *L, int status) {
    clua_state *state = state_of(L);
    if (state->killed) clua_kill(L, state->killed);
    if (status != LUA_OK && status != LUA_YIELD && (status == LUA_ERRMEM || state->refused)) {
        clua_kill(L, CLUA_LIMIT_MEMORY);
    }
}

/// Runs the stock function in upvalue 1 in this same call frame, so that its
/// messages name it as the script does. None of those wrapped has upvalues of its own.
static inline int clua_run_stock(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1))(L); }

// One function a library file; each expects the stock libraries as globals.
void clua_open_protected(lua_State *L);
void clua_open_base(lua_State *L);
void clua_open_strings(lua_State *L);
void clua_open_patterns(lua_State *L);
void clua_open_utf8(lua_State *L);
void clua_open_tables(lua_State *L);
void clua_open_order(lua_State *L);
void clua_open_values(lua_State *L);

// Base.c
void clua_tostring(lua_State *L, int index); // pushes text without addresses

// Values.c
extern const char clua_null_address, clua_array_key, clua_frozen_key;
int clua_is_array(lua_State *L, int index);
/// Pushes what the frozen table at `index` holds and returns 1, or pushes nothing.
int clua_push_frozen(lua_State *L, int index);
int clua_refuse_assignment(lua_State *L);
void clua_freeze_table(lua_State *L, int index);

// Order.c: the fixed order of keys
typedef struct {
    union {
        lua_Integer integer;
        lua_Number number;
        const char *bytes; // alive as long as the table keeps the key
    } as;
    uint32_t count; // of a string
    uint32_t index; // where a key is kept that is not an integer
    uint8_t rank;
} clua_key;
enum { CLUA_KEY_INTEGER, CLUA_KEY_STRING, CLUA_KEY_NUMBER, CLUA_KEY_BOOLEAN, CLUA_KEY_OTHER };
clua_key clua_key_at(lua_State *L, int index);
int clua_compare_keys(const void *left, const void *right);

// Wire.c
void clua_write_value(lua_State *L, int index); // is all that `result` has then
/// Appends to `result` and returns where. `name`: what an error calls the value, or NULL.
size_t clua_add_value(lua_State *L, int index, const char *name);
void clua_read_value(lua_State *L, const char **at, const char *end);
uint32_t clua_read_u32(lua_State *L, const char **at, const char *end);
void clua_append(lua_State *L, clua_buffer *buffer, const void *bytes, size_t count);

// Host.c
void clua_push_reply(lua_State *L);

// References.c
int32_t clua_refer(lua_State *L); // pops a value
void clua_push_reference(lua_State *L, int32_t reference);
void clua_release_fresh(lua_State *L); // those made for a value that then failed

#endif
