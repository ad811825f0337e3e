import fc from 'fast-check'

/** Types of columns, and their values as the API takes and shows them: 64-bit numbers, decimals and JSON are texts. */
export type Scalar =
  | 'int'
  | 'bigint'
  | 'float8'
  | 'numeric'
  | 'text'
  | 'bool'
  | 'date'
  | 'timestamptz'
  | 'uuid'
  | 'mood'
  | 'int[]'
  | 'jsonb'
export type Value = number | string | boolean | null | readonly number[]

export const moods = ['sad', 'fine', 'bad']
export const texts = ['', 'a', 'b', 'ab', 'B', 'a%b', 'a_b', `it's`, 'a"b', 'back\\slash', '$1', '{}', 'null']

/** Few of each, so that they meet; in the order that Postgres has them in. */
const pools: Readonly<Record<Scalar, readonly (Value & {})[]>> = {
  int: [-1, 0, 1, 2, 3, 4],
  bigint: ['-9007199254740993', '0', '9007199254740992', '9007199254740993'],
  float8: [-1.25, 0, 0.5, 3],
  numeric: ['-2', '0', '1.50', '12345678901234567890.5'],
  text: texts,
  bool: [false, true],
  date: ['1999-12-31', '2024-01-15', '2024-02-29', '2024-12-01'],
  timestamptz: ['2023-12-31T23:59:59+00:00', '2024-01-01T00:00:00+00:00', '2024-02-29T12:30:00.123456+00:00'],
  uuid: ['00000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000000'],
  mood: moods,
  'int[]': [[], [1], [1, 2], [2, 3, 3], [-1]],
  // As Postgres prints them.
  jsonb: ['{"a": 1}', '{"a": "x", "b": [1, 2]}', '{"a": null}', '[1, 2, "x"]', '"x"', '{"b": {"c": 3}}', '3'],
}

export function valueFor(type: Scalar): fc.Arbitrary<Value & {}> {
  return fc.constantFrom(...pools[type])
}

/** Another value of the same type. */
export function nextValue(type: Scalar, value: Value): Value {
  const pool = pools[type]
  const index = pool.findIndex((one) => JSON.stringify(one) === JSON.stringify(value))
  return pool[(index + 1) % pool.length] ?? value
}

/** Keys by their number: what a row, and whatever refers to it, is told apart by. */
export type KeyType = 'int' | 'bigint' | 'text' | 'uuid'

export function keyValue(type: KeyType, n: number): Value & {} {
  switch (type) {
    case 'int':
      return n
    case 'bigint':
      return String(9_007_199_254_740_990n + BigInt(n))
    case 'text':
      return `k${String(n).padStart(2, '0')}`
    case 'uuid':
      return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`
  }
}

export function literal(value: Value): string {
  if (Array.isArray(value)) return `'{${value.join()}}'`
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
