/** Types of Postgres' own by the names that SQL and its messages give them, where those are others. */
const spoken: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  bool: 'boolean',
  varchar: 'character varying',
  bpchar: 'character',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
  varbit: 'bit varying',
}

/** `int4` is `integer`. */
export function spokenTypeName(name: string): string {
  return spoken[name] ?? name
}
