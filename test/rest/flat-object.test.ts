import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readFlatObject } from '../../src/rest/request/flat-object.ts'

const long = `{"a":"${'x'.repeat(17_000)}"}`
const many = JSON.stringify(Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, i])))

test.each<[json: string, keys: string[], texts: (string | null)[]]>([
  ['{"a":1}', ['a'], ['1']],
  [' {\r\n\t"b" : "x" , "a" : null } \n', ['b', 'a'], ['x', null]],
  [
    '{"n":12345678901234567890.10,"e":-1e-5,"z":-0,"t":true,"f":false}',
    ['n', 'e', 'z', 't', 'f'],
    ['12345678901234567890.10', '-1e-5', '-0', 'true', 'false'],
  ],
  [String.raw`{"s":"a\"b\\c\/d\n\t","":"","k'é":"ü😀"}`, ['s', '', "k'é"], ['a"b\\c/d\n\t', '', 'ü😀']],
  ['{"__proto__":"x","constructor":"y"}', ['__proto__', 'constructor'], ['x', 'y']],
])('%s', (json, keys, texts) => {
  expect(readFlatObject(json)).toEqual({ keys, texts })
})

test.each([
  ...['', '{}', '[]', '1', 'null', '{"a":1', '{"a":1}}', '{"a":1} x', '{"a":1,}', '{,"a":1}', '{"a" 1}', "{'a':1}"],
  ...[
    '{"a":01}',
    '{"a":+1}',
    '{"a":1.}',
    '{"a":.5}',
    '{"a":NaN}',
    '{"a":True}',
    '{"a":nul}',
    '{"a":"\n"}',
    '{"a":"\t"}',
  ],
  ...[
    '{"a":[]}',
    '{"a":{}}',
    '{"a":1,"a":2}',
    String.raw`{"a":"\u0041"}`,
    String.raw`{"\u0061":1}`,
    String.raw`{"a":"\x"}`,
  ],
  ...['\ufeff{"a":1}', '{\u00a0"a":1}', long, many],
])('is left to others: %s', (json) => {
  expect(readFlatObject(json)).toBeUndefined()
})

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
  fc.constant(null),
)
const objects = fc.dictionary(fc.string(), scalar, { minKeys: 1, maxKeys: 5 }).map((object) => JSON.stringify(object))

test('what is read is what JSON says, and what is no JSON is not read', () => {
  const damaged = fc.tuple(
    objects,
    fc.nat(),
    fc.nat(4),
    fc.constantFrom('', '"', '\\', ',', '}', '{', '0', '-', '.', 'e', ' ', '\0', '\n'),
  )
  const texts = fc.oneof(
    objects,
    damaged.map(([json, at, cut, put]) => {
      const place = at % json.length
      return json.slice(0, place) + put + json.slice(place + cut)
    }),
  )
  fc.assert(
    fc.property(texts, (json) => {
      const flat = readFlatObject(json)
      if (!flat) return
      const value = JSON.parse(json) as Record<string, unknown>
      expect(Object.keys(value).toSorted()).toEqual(flat.keys.toSorted())
      flat.keys.forEach((key, i) => {
        const [text, one] = [flat.texts[i] ?? null, value[key]]
        if (typeof one === 'number') expect(Number(text)).toBe(one)
        else expect(text).toBe(one === null ? null : String(one))
      })
    }),
    { numRuns: 2000 },
  )
})
