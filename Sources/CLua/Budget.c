#include "State.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LONG_STRING = 1 << 14, // from here on one instruction may take microseconds
    LARGE_BLOCK = 1 << 15, // from here on filling it takes as long as many instructions
};

// MARK: Watch

clua_watch *clua_watch_create(void) { return calloc(1, sizeof(clua_watch)); }
void clua_watch_destroy(clua_watch *watch) { free(watch); }
uint64_t clua_watch_current(clua_watch *watch) { return atomic_load(&watch->current); }
void clua_watch_interrupt(clua_watch *watch, uint64_t number) { atomic_store(&watch->interrupted, number); }

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int out_of_time(clua_state *state) {
    if (atomic_load_explicit(&state->watch->interrupted, memory_order_relaxed) == state->number) return 1;
    if (state->wall == 0) return 0;
    // The clock starts at the first look, so that a short call never reads it.
    if (state->deadline == 0) state->deadline = now() + state->wall;
    return now() > state->deadline;
}

// MARK: Killing

void clua_note_location(clua_state *state, lua_State *L) {
    lua_Debug activation;
    state->where[0] = 0;
    for (int level = 0; level < 20 && lua_getstack(L, level, &activation); level++) {
        if (!lua_getinfo(L, "Sl", &activation) || activation.currentline <= 0) continue;
        snprintf(state->where, sizeof state->where, "%s:%d: ", activation.short_src, activation.currentline);
        return;
    }
}

void clua_mark_killed(clua_state *state, lua_State *L, int limit) {
    if (state->killed) return;
    state->killed = limit;
    // Every charge from now on ends in clua_charge_slow, which raises.
    state->credit = INT64_MIN / 2;
    if (L) clua_note_location(state, L);
}

static void hook(lua_State *L, lua_Debug *activation) {
    (void)activation;
    clua_state *state = state_of(L);
    if (state->killed) clua_kill(L, state->killed);
    // Subtracted here, not at arming: what a coroutine left uncounted was charged when it was made.
    if ((state->instructions -= state->interval) < 0) clua_kill(L, CLUA_LIMIT_INSTRUCTIONS);
    if (state->credit < 0) clua_charge_slow(L, state);
    if (out_of_time(state)) clua_kill(L, CLUA_LIMIT_TIME);
    if (lua_gethookcount(L) != state->interval) clua_arm(state, L);
}

void clua_arm(clua_state *state, lua_State *L) { lua_sethook(L, hook, LUA_MASKCOUNT, state->interval); }

_Noreturn void clua_kill(lua_State *L, int limit) {
    clua_state *state = state_of(L);
    clua_mark_killed(state, L, limit);
    // From here on fire at every instruction: `__close` handlers that unwinding
    // runs would otherwise go on for another interval each.
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
    // Needs no memory, unlike a message.
    lua_pushlightuserdata(L, state);
    lua_error(L);
    abort();
}

/// Takes the next slice of work. 0: there is none, or not enough for the debt.
static int refill(clua_state *state) {
    int64_t debt = -state->credit;
    if (state->work < debt) return 0;
    int64_t slice = state->work - debt < CLUA_SLICE ? state->work - debt : CLUA_SLICE;
    state->work -= debt + slice;
    state->credit = slice;
    return 1;
}

void clua_charge_slow(lua_State *L, clua_state *state) {
    if (state->killed) clua_kill(L, state->killed);
    if (!refill(state)) clua_kill(L, CLUA_LIMIT_WORK);
    if (out_of_time(state)) clua_kill(L, CLUA_LIMIT_TIME);
}

// MARK: Heap

/// Comparing, hashing and converting a string happens inside one instruction
/// and cannot be charged. So the longer the longest string, the more often the
/// hook looks at the watch: about every 10 ms at the slowest of these, 1 byte/ns.
static void note_long_string(clua_state *state, size_t size) {
    state->longest = size;
    int interval = (int)(10000000 / size);
    interval = interval < 1 ? 1 : interval;
    if (interval > state->interval / 2) return;
    if (state->running && !state->killed) {
        state->instructions -= state->interval;
        state->interval = interval;
        clua_arm(state, state->running);
    } else {
        state->interval = interval;
    }
}

void *clua_allocate(void *context, void *block, size_t old_size, size_t new_size) {
    clua_state *state = context;
    size_t held = block ? old_size : 0;
    if (new_size == 0) {
        state->used -= held;
        free(block);
        return NULL;
    }
    if (new_size > held && state->running) {
        // Also what copying costs that no library function shows: `..`, a rehash.
        state->credit -= 1 + (int64_t)(new_size >> (new_size < LARGE_BLOCK ? 4 : 3));
        if (new_size >= LARGE_BLOCK && !state->killed && out_of_time(state)) {
            clua_mark_killed(state, state->running, CLUA_LIMIT_TIME);
        }
        if (state->credit < 0 && (state->killed || !refill(state))) {
            clua_mark_killed(state, state->running, CLUA_LIMIT_WORK);
            return NULL;
        }
        if (state->used + (new_size - held) > state->limit) {
            // Lua answers with a full collection and one retry. A script that
            // sits at the ceiling would make it collect at every step.
            state->refused = new_size;
            clua_note_location(state, state->running);
            state->credit -= (int64_t)(state->used >> 3);
            if (state->credit < 0 && !refill(state)) clua_mark_killed(state, state->running, CLUA_LIMIT_MEMORY);
            return NULL;
        }
    }
    void *moved = realloc(block, new_size);
    if (!moved) return NULL;
    state->used += new_size - held;
    if (state->refused && new_size >= state->refused) state->refused = 0;
    if (!block && old_size == LUA_TSTRING && new_size > LONG_STRING && new_size > state->longest) {
        note_long_string(state, new_size);
    }
    return moved;
}

void clua_make_room(lua_State *L) {
    clua_state *state = state_of(L);
    // A growing luaL_Buffer raises at the ceiling without a collection first.
    if (state->used < state->limit / 2 || state->used < state->after_collection + state->limit / 8) return;
    clua_charge(L, (int64_t)(state->used >> 3));
    lua_gc(L, LUA_GCCOLLECT);
    state->after_collection = state->used;
}

size_t clua_heap_used(const clua_state *state) { return state->used; }
int clua_limit(const clua_state *state) { return state->killed; }
