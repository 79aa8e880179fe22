#ifndef CLUA_H
#define CLUA_H

#include <stddef.h>
#include <stdint.h>

// Why any of this is C. Lua reports errors with longjmp, which skips Swift's
// releases and `defer`s. So Swift never sees lua.h: every call below either
// cannot raise or runs under `lua_pcall` itself and returns a status. A host
// function returns a status too, and C raises after the Swift frame has gone.

/// One interpreter with its heap, its budget and its bounded libraries.
typedef struct clua_state clua_state;

/// One call of a host function: valid until that function returns.
typedef struct lua_State clua_frame;

// MARK: Values

/// The first byte of a value on the wire, and the tag of a scalar.
///
/// Wire: tag, then in native byte order: integer 8 bytes, number 8 bytes;
/// string: u32 length, bytes; table: u8 marked as array, u32 items, u32 fields,
/// the items, then each field as u32 length, bytes, value;
/// function: i32 reference, i32 line, u32 length, source name.
enum {
    CLUA_NIL, CLUA_NULL, CLUA_FALSE, CLUA_TRUE, CLUA_INTEGER, CLUA_NUMBER, CLUA_STRING, CLUA_TABLE, CLUA_FUNCTION,
    CLUA_OTHER ///< A coroutine or userdata: never on the wire.
};

/// A value without parts. `bits` is the integer, the number's bit pattern, or a
/// string's offset in an arena; `count` is a string's length in bytes.
typedef struct {
    uint32_t tag, count;
    int64_t bits;
} clua_scalar;

typedef struct {
    const void *bytes;
    size_t count;
} clua_bytes;

// MARK: Budget and outcome

/// What one entry into Lua may spend.
typedef struct {
    int64_t instructions;     ///< VM instructions.
    int64_t work;             ///< Units of work in C: one pattern step, about 16 bytes copied.
    int64_t wall_nanoseconds; ///< 0: unwatched.
    size_t heap;              ///< Ceiling on the whole heap, in bytes.
    uint32_t result_entries, result_depth;
    size_t result_bytes;
} clua_budget;

typedef enum { CLUA_OK, CLUA_SYNTAX, CLUA_RUNTIME, CLUA_LIMIT, CLUA_CONVERSION } clua_status;

/// Which limit was spent. Zero: none.
enum { CLUA_LIMIT_INSTRUCTIONS = 1, CLUA_LIMIT_WORK, CLUA_LIMIT_MEMORY, CLUA_LIMIT_TIME, CLUA_LIMIT_RESULT };

int clua_limit(const clua_state *state);
clua_bytes clua_message(const clua_state *state);   ///< Of the last entry that failed.
clua_bytes clua_traceback(const clua_state *state); ///< Empty unless CLUA_RUNTIME.
clua_bytes clua_path(const clua_state *state);      ///< Where in a value, when CLUA_CONVERSION.
clua_bytes clua_result(const clua_state *state);    ///< Wire of the last entry that succeeded.
size_t clua_heap_used(const clua_state *state);

// MARK: Watch

/// Lets another thread end a call. Owned apart from the state, so that neither
/// has to outlive the other.
typedef struct clua_watch clua_watch;
clua_watch *clua_watch_create(void);
void clua_watch_destroy(clua_watch *watch);
/// The number of the call that runs now; 0 between calls.
uint64_t clua_watch_current(clua_watch *watch);
/// Ends call `number` if it still runs. A later call is not touched.
void clua_watch_interrupt(clua_watch *watch, uint64_t number);

// MARK: Life

/// `host` is handed back to the functions below that Swift implements.
/// `watch` and `host` must outlive the state. NULL when memory ran out.
clua_state *clua_open(void *host, clua_watch *watch, uint64_t seed);
void clua_close(clua_state *state);
void clua_seed(clua_state *state, uint64_t seed);

/// A Lua function that calls host function `index`; in global table `table`, or a global itself when NULL.
clua_status clua_register(clua_state *state, const char *table, const char *name, int32_t index);
clua_status clua_set_global(clua_state *state, const char *name, clua_bytes wire);
/// From now on neither globals nor library tables can be assigned.
clua_status clua_freeze(clua_state *state);
/// Lets go of a function or record.
void clua_release(clua_state *state, int32_t reference);

/// The line on which the function's definition ends; -1 for a builtin.
int32_t clua_last_line(clua_state *state, int32_t function);

// MARK: Entries

clua_status clua_load(clua_state *state, const clua_budget *budget, clua_bytes source, const char *name);
clua_status clua_global(clua_state *state, const clua_budget *budget, const char *name);
/// `arguments`: u32 count, then the values.
clua_status clua_call(clua_state *state, const clua_budget *budget, int32_t function, clua_bytes arguments);

/// A table with fixed fields (`names`: u32 count, then strings) that calls refill. `is_open` for a function that
/// cannot assign any but these: assigning them is then as cheap as in any table.
clua_status clua_make_record(clua_state *state, clua_bytes names, int32_t is_open, int32_t *reference);

/// What a cheap call passes: `record` is a reference, or -1 to pass `values` as plain arguments.
typedef struct {
    int32_t function, record;
    const clua_scalar *values;
    uint32_t count;
    const void *arena;
    /// What the function left in the fields of the record from `first_written` on; NULL when nobody asks. Where a tag
    /// is table, `bits` is the offset of the value in `clua_result`.
    clua_scalar *written;
    uint32_t first_written;
    /// For a function that neither loops nor calls, whatever its operands are: it ends without its instructions being
    /// counted. Heap and work are bounded all the same.
    int32_t is_straight;
} clua_quick_call;

/// On success `*result` is set; where its tag is string, table or function, `clua_result` has the value. The record
/// itself is returned as nil where `written` has what became of it.
clua_status clua_call_quick(clua_state *state, const clua_budget *budget, const clua_quick_call *call,
                            clua_scalar *result);

// MARK: Host functions

enum { CLUA_REPLY, CLUA_RAISE };

/// Implemented in Swift. Answers with `clua_reply` and CLUA_REPLY, or with a
/// string and CLUA_RAISE to have it raised.
int32_t clua_call_host(void *host, clua_frame *frame, int32_t index);
/// Implemented in Swift. One line from `print`.
void clua_print_host(void *host, const char *location, const void *bytes, size_t count);

int32_t clua_argument_count(clua_frame *frame);
/// A string's bytes are at `*bytes` while the call runs; other parts are left to `clua_argument_value`.
clua_scalar clua_argument(clua_frame *frame, int32_t position, const void **bytes);
const char *clua_argument_type_name(clua_frame *frame, int32_t position);
/// Wire in `clua_result`.
clua_status clua_argument_value(clua_frame *frame, int32_t position);
clua_state *clua_state_of(clua_frame *frame);
/// Writes `detect.lua:12`, or nothing when no script is on the stack.
void clua_location(clua_frame *frame, char *buffer, size_t size);
void clua_reply(clua_frame *frame, clua_bytes wire);
void clua_reply_scalar(clua_frame *frame, clua_scalar value);

#endif
