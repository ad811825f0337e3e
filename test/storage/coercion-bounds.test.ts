import { expect, test } from 'vitest'
import { z } from 'zod'
import { parseCoerced } from '../../src/storage/validation/index.ts'

const schema = z.object({ types: z.array(z.string()).nullable() })

test('all of a list is taken for what is wanted, and what was given stays as it was', () => {
  const given = { types: Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? i : [i])) }
  const before = structuredClone(given)
  const { data } = parseCoerced(schema, given)
  expect(data?.types).toEqual(Array.from({ length: 1000 }, (_, i) => String(i)))
  expect(given).toEqual(before)
})

test.each([
  ['numbers', 1],
  ['objects', {}],
  ['lists', [1]],
])('a megabyte of %s in place of texts is refused, and not copied for each of them', (_, value) => {
  // With a copy for each it would take an hour.
  const types = Array.from({ length: 330_000 }, () => value)
  expect(parseCoerced(schema, { types }).success).toBe(false)
})
