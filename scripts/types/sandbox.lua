---@meta
-- Made by `anomalies-agent api --write DIR` for editors; nothing runs it.

---JSON's null: a field of a record that is null is this value, and not nil.
---@class agent.Null
---@type agent.Null
null = nil

---array { … }: a list that stays one where it is empty; {} is an empty object.
---@generic T
---@param list T[]
---@return T[]
function array(list) end

---config.general holds the options of [General]: config.general["anomalies-frequency"].
---@class agent.Config
---@field general table<string, string|number>
---@type agent.Config
config = nil
