import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { admin, openStorage, user } from './storage-fixture.ts'

const names = [
  'a.txt',
  'b/c.txt',
  'b/d/e.txt',
  'b/d/f.txt',
  'b0.txt',
  'b_/g.txt',
  'B.txt',
  'z%'.replace('%', ''),
  'z/1.txt',
]

const storage = useFixture(() => openStorage())
beforeAll(async () => {
  const client = await storage.as(admin)
  await client.createBucket('listed')
  // One after the other, so that each has a time of its own.
  for (const name of names.toReversed()) await client.from('listed').upload(name, name)
  await storage.sql(`create policy "in b" on storage.objects for select to authenticated
    using (bucket_id = 'listed' and name like 'b/%')`)
})

interface Options {
  readonly prefix?: string
  readonly limit?: number
  readonly with_delimiter?: boolean
  readonly sortBy?: { column: 'name' | 'updated_at' | 'created_at'; order?: 'asc' | 'desc' }
}

/** All pages, each entry as it is named: folders end with a slash. */
async function pages(options: Options, who: { role: string; sub?: string } = admin): Promise<string[][]> {
  const bucket = (await storage.as(who)).from('listed')
  const read: string[][] = []
  let cursor: string | undefined
  do {
    const { data, error } = await bucket.listV2({ ...options, ...(cursor && { cursor }) })
    if (error) throw error
    read.push([...data.folders.map(({ name }) => name), ...data.objects.map(({ name }) => name)])
    expect(data.hasNext).toBe(data.nextCursor !== undefined)
    for (const object of data.objects)
      expect(object).toMatchObject({ id: expect.any(String), metadata: { size: object.name.length } })
    cursor = data.nextCursor
  } while (cursor)
  return read
}

const byName = names.toSorted()

describe('pages of a bucket', () => {
  test.each<[options: Options, expected: string[][]]>([
    [{}, [byName]],
    [{ limit: 4 }, [byName.slice(0, 4), byName.slice(4, 8), byName.slice(8)]],
    [{ limit: 9 }, [byName]],
    [{ limit: 5000 }, [byName]],
    [{ sortBy: { column: 'name', order: 'desc' } }, [byName.toReversed()]],
    [
      { limit: 5, sortBy: { column: 'name', order: 'desc' } },
      [byName.toReversed().slice(0, 5), byName.toReversed().slice(5)],
    ],
    [{ sortBy: { column: 'created_at', order: 'desc' } }, [names]],
    [{ limit: 2, sortBy: { column: 'created_at', order: 'asc' } }, chunks(names.toReversed(), 2)],
    [{ limit: 2, sortBy: { column: 'updated_at', order: 'desc' } }, chunks(names, 2)],
    [{ prefix: 'b/' }, [['b/c.txt', 'b/d/e.txt', 'b/d/f.txt']]],
    [{ prefix: 'b' }, [['b/c.txt', 'b/d/e.txt', 'b/d/f.txt', 'b0.txt', 'b_/g.txt']]],
    [{ prefix: 'b_' }, [['b_/g.txt']]],
    [{ prefix: 'B' }, [['B.txt']]],
    [{ prefix: 'none' }, [[]]],
    [{ with_delimiter: true }, [['b/', 'b_/', 'z/', 'B.txt', 'a.txt', 'b0.txt', 'z']]],
    [{ with_delimiter: true, prefix: 'b/' }, [['b/d/', 'b/c.txt']]],
    [{ with_delimiter: true, prefix: 'b/d/' }, [['b/d/e.txt', 'b/d/f.txt']]],
    [{ with_delimiter: true, prefix: 'b' }, [['b/', 'b_/', 'b0.txt']]],
  ])('with %o', async (options, expected) => {
    expect(await pages(options)).toEqual(expected)
  })

  test('are of what the caller may see', async () => {
    expect(await pages({}, user())).toEqual([['b/c.txt', 'b/d/e.txt', 'b/d/f.txt']])
    expect(await pages({ with_delimiter: true }, user())).toEqual([['b/']])
  })

  test('of any size together are the whole, and nothing twice', async () => {
    const columns = ['name', 'created_at', 'updated_at'] as const
    const options = fc.record({
      limit: fc.integer({ min: 1, max: 12 }),
      with_delimiter: fc.boolean(),
      prefix: fc.constantFrom('', 'b', 'b/', 'b/d', 'z'),
      sortBy: fc.record({
        column: fc.constantFrom(...columns),
        order: fc.constantFrom('asc' as const, 'desc' as const),
      }),
    })
    await fc.assert(
      fc.asyncProperty(options, async (asked) => {
        const [paged, whole] = [await pages(asked), await pages({ ...asked, limit: 1000 })]
        expect(paged.flat().toSorted()).toEqual(whole.flat().toSorted())
        for (const page of paged.slice(0, -1)) expect(page).toHaveLength(asked.limit)
      }),
      { numRuns: 40 },
    )
  })
})

test.each<[body: object, message: string]>([
  [{ limit: 0 }, 'body/limit'],
  [{ limit: 'a' }, 'body/limit'],
  [{ sortBy: { column: 'metadata' } }, 'body/sortBy/column'],
  [{ sortBy: { column: 'name', order: 'up' } }, 'body/sortBy/order'],
  [{ cursor: '%' }, 'continuation token'],
  [{ prefix: {} }, 'body/prefix'],
])('%o is refused', async (body, message) => {
  const init = { method: 'POST', as: admin, json: body }
  const response = await storage.request('/object/list-v2/listed', init)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ statusCode: '400', message: expect.stringContaining(message) })
})

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
