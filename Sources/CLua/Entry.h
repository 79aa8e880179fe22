#ifndef CLUA_ENTRY_H
#define CLUA_ENTRY_H

#include "State.h"

enum { CLUA_MOST_FIELDS = 200 };

/// For what the host does on its own account.
extern const clua_budget clua_host_budget;

/// Runs `body(context)` under `budget`. Every way into Lua goes through here.
clua_status clua_enter(clua_state *state, const clua_budget *budget, lua_CFunction body, void *context);

/// What `clua_enter` does before and after its protected call, for one that pushes more than a context.
void clua_begin(clua_state *state, const clua_budget *budget, int is_straight);
clua_status clua_end(clua_state *state, int status);
/// Its message handler.
int clua_describe(lua_State *L);

#endif
