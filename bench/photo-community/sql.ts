/** A text or time as JSON; strings are put together rather than `json_build_object`, which costs more than twice. */
export const json = (column: string) => `coalesce(json_scalar(${column})::text, 'null')`

export const quoted = (column: string) => `'"' || ${column} || '"'`

/** A JSON object with the members given: names of JSON and expressions of SQL text. */
export const object = (fields: Record<string, string>) =>
  `'{' || ${Object.entries(fields)
    .map(([name, value]) => `'"${name}":' || ${value}`)
    .join(` || ',' || `)} || '}'`

/** The profile that a column names, or null. */
export const profile = (of: string, fields: Record<string, string>) =>
  `coalesce((select ${object(fields)} from profiles a where a.id = ${of}), 'null')`

/** An edge with the fields given. */
export const edge = (fields: Record<string, string>) => `'{"node":' || ${object(fields)} || '}'`

/** A connection's edges, and what is to follow them: the object is left open. */
export const edges = (each: string, condition = '') =>
  `'{"edges":[' || coalesce(string_agg(${each}, ',')${condition}, '') || ']'`
