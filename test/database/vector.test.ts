import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyProject } from '#database'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { createProjectFolder } from './project-folder.ts'
import { attempt, connected } from './sql-client.ts'

const migration = `
  create extension if not exists vector with schema extensions;
  create table sections (id bigint primary key, embedding vector(3), small halfvec (2));
  create index on sections using hnsw (embedding vector_cosine_ops) with (m = 16, ef_construction = 64);
  create index sections_by_distance on sections using ivfflat (embedding vector_l2_ops)
    with (lists = 100);
  create index concurrently on sections using hnsw (small halfvec_ip_ops);
  create function nearest(query vector(3), threshold float) returns setof sections language sql stable as $$
    select * from sections where 1 - (embedding <=> query) > threshold order by embedding <=> query
  $$;
  insert into sections values (1, '[1, 0, 0]', '[1,2]'), (2, '[1,1,0]', null), (3, array[0,0,1], '[0.1,0.25]');
`

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
  const folder = createProjectFolder({ 'migrations/1_vectors.sql': migration })
  await applyProject(folder.options(database.connections))
  folder.remove()
})
afterAll(() => database.drop())

const value = (text: string, ...parameters: unknown[]) =>
  connected(database.connections, 'postgres', async (client) => {
    await client.query('set search_path to public, extensions')
    const { rows } = await client.query<unknown[]>({ text: `select ${text}`, values: parameters, rowMode: 'array' })
    return rows.length > 1 ? rows.flat() : rows[0]?.[0]
  })

describe('vectors, as pgvector answers', () => {
  test.each<[expression: string, answer: unknown]>([
    ["'[1,2,3]'::vector", '[1,2,3]'],
    ["'[1, 2.50, 1e1]'::vector(3)", '[1,2.5,10]'],
    ['embedding from sections order by id', ['[1,0,0]', '[1,1,0]', '[0,0,1]']],
    ['to_json(sections) from sections where id = 3', { id: 3, embedding: '[0,0,1]', small: '[0.1,0.25]' }],
    ["'[1,2,3]'::vector <-> '[3,2,1]'", Math.sqrt(8)],
    ["'[1,2,3]'::vector <#> '[3,2,1]'", -10],
    ["'[1,0]'::vector <=> '[0,2]'", 1],
    ["'[0,0]'::vector <=> '[0,2]'", Number.NaN],
    ["'[1,2,3]'::vector <+> '[3,2,1]'", 4],
    ["inner_product('[1,2]'::halfvec, '[3,4]'::halfvec)", 11],
    ["'[1,2]'::vector + '[3,4]'", '[4,6]'],
    ["'[1,2]'::vector * '[3,4]' - '[1,1]'", '[2,7]'],
    ["'[1,2]'::vector || '[3]'", '[1,2,3]'],
    ["'[1,2]'::vector = '[1.0,2]'", true],
    ["'[1,2]'::vector < '[1,3]'", true],
    ["vector_dims('[1,2,3]'::vector)", 3],
    ["vector_norm('[3,4]')", 5],
    ["l2_normalize('[3,4]'::vector)", '[0.6,0.8]'],
    ["subvector('[1,2,3,4]'::vector, 2, 2)", '[2,3]'],
    ["binary_quantize('[1,-1,0.5]'::vector)", '101'],
    ["'[1,2]'::vector::real[]", [1, 2]],
    ['array[1,2]::vector', '[1,2]'],
    ['array[1.5,2]::numeric[]::halfvec(2)', '[1.5,2]'],
    ["'[1,2]'::vector::halfvec", '[1,2]'],
    ['avg(embedding) from sections where id < 3', '[1,0.5,0]'],
    ['avg(embedding) from sections where id < 0', null],
    ['sum(embedding) from sections', '[2,1,1]'],
    ['count(distinct embedding) from sections', '3'],
    ["id from nearest('[1,0.1,0]', 0.1)", ['1', '2']],
    ["id from sections where embedding = '[1,1,0]'", '2'],
    ["format_type(atttypid, atttypmod) from pg_attribute where attname = 'embedding' limit 1", 'vector(3)'],
  ])('%s', async (expression, answer) => {
    expect(await value(expression)).toEqual(answer)
  })

  test('a parameter, as drivers send it', async () => {
    expect(await value('id from sections order by embedding <-> $1 limit 1', '[0,0,2]')).toBe('3')
  })

  test.each<[expression: string, code: string, message: string]>([
    ["'[1,2]'::vector(3)", '22000', 'expected 3 dimensions, not 2'],
    ["embedding <-> '[1,2]' from sections", '22000', 'different vector dimensions 3 and 2'],
    ["'[1,2]'::vector + '[1,2,3]'", '22000', 'different vector dimensions 2 and 3'],
    ["'[]'::vector(1)", '22000', 'vector must have at least 1 dimension'],
    ["'[[1]]'::vector(1)", '22P02', 'invalid input syntax for type vector: "[[1]]"'],
    ['\'{"a":1}\'::halfvec(1)', '22P02', 'invalid input syntax for type halfvec: "{"a":1}"'],
    ['\'[1,"x"]\'::vector(2)', '22P02', 'invalid input syntax for type vector: "[1,"x"]"'],
    ["'[1,null]'::vector(2)", '22P02', 'invalid input syntax for type vector: "[1,null]"'],
    ["'[1e99]'::vector(1)", '22P02', 'invalid input syntax for type vector: "[1e99]"'],
    ["array['NaN'::real]::vector", '22000', 'NaN and infinite values not allowed in vector'],
    ['array[1,null]::vector', '22004', 'array must not contain nulls'],
  ])('refused: %s', async (expression, code, message) => {
    await expect(value(expression)).rejects.toMatchObject({ code, message })
  })

  test('where the search path is empty', async () => {
    const sum = `'[1,2]'::extensions.vector(2) operator(extensions.+) '[3,4]' operator(extensions.<->) '[4,5]'`
    const { rows } = await connected(database.connections, 'postgres', async (client) => {
      await client.query(`set search_path to ''`)
      return await client.query(
        `select ${sum} as distance, extensions.avg(embedding) from public.sections where id = 1`,
      )
    })
    expect(rows).toEqual([{ distance: 1, avg: '[1,0,0]' }])
  })

  test('a column takes no other number of dimensions, however it is written', async () => {
    const written = 'from json_to_recordset(\'[{"v":[1,2]}]\') as given(v vector)'
    await expect(
      connected(database.connections, 'postgres', (client) =>
        client.query(`set search_path to public, extensions; insert into sections select 9, v ${written}`),
      ),
    ).rejects.toMatchObject({ message: 'expected 3 dimensions, not 2' })
  })

  describe('a column keeps nothing that is no vector of its length, whichever way it comes', () => {
    const create =
      'create table kept (id int, anyhow extensions.vector, three extensions.vector(3), h extensions.halfvec(2))'
    const keep = (written: string) => `insert into kept select * from jsonb_populate_record(null::kept, '${written}')`
    const run = (...statements: string[]) =>
      connected(database.connections, 'postgres', (client) => attempt(client, 'postgres', [create, ...statements]))

    test.each<[written: string, code: string]>([
      ['{"anyhow": "{\\"a\\":1}"}', '22P02'],
      ['{"anyhow": "null"}', '22P02'],
      ['{"anyhow": "[[1]]"}', '22P02'],
      ['{"anyhow": "[1e39,1]"}', '22P02'],
      ['{"anyhow": "[]"}', '23514'],
      ['{"three": "[1,2]"}', '22000'],
      ['{"three": "{}"}', '22P02'],
      ['{"h": "[1,2,3]"}', '22000'],
    ])('%s', async (written, code) => {
      expect(await run(keep(written))).toBe(code)
      expect(
        await run(
          keep('{"id": 1}'),
          `update kept set (anyhow, three, h) = (select anyhow, three, h
        from jsonb_populate_record(null::kept, '${written}'))`,
        ),
      ).toBe(code)
    })

    test('a plain literal, without dimensions', async () => {
      expect(await run(`insert into kept (anyhow) values ('{"a":1}')`)).toBe('22P02')
    })

    test('what fits is kept, and nothing is', async () => {
      const written = '{"anyhow": "[1]", "three": "[1,2,3]", "h": "[1,2]"}'
      expect(await run(keep(written), keep('{}'), 'select anyhow, three, h from kept')).toEqual([
        ['[1]', '[1,2,3]', '[1,2]'],
        [null, null, null],
      ])
    })

    const constraints =
      "select conname from pg_constraint where conrelid = 'kept'::regclass and contype = 'c' order by 1"
    test('a column that is added, renamed, or given another length or type', async () => {
      const filled = keep('{"three": "[1,2,3]"}')
      const shorter = 'alter table kept alter three type extensions.vector(2) using extensions.subvector(three, 1, 2)'
      expect(await run('alter table kept add more extensions.vector(1)', keep('{"more": "[1,2]"}'))).toBe('22000')
      expect(await run('alter table kept rename three to named', keep('{"named": "[1,2]"}'))).toBe('22000')
      expect(await run(filled, shorter, keep('{"three": "[1,2,3]"}'))).toBe('22000')
      expect(await run(filled, shorter, keep('{"three": "[1,2]"}'), 'select three from kept')).toEqual([
        ['[1,2]'],
        ['[1,2]'],
      ])
      expect(
        await run(filled, 'alter table kept alter three type extensions.halfvec(3)', keep('{"three": "[1]"}')),
      ).toBe('22000')
      for (const type of ['text', 'real[]']) {
        expect(await run(filled, `alter table kept alter three type ${type}`, constraints)).toEqual([
          ['portico_vector_2_-1'],
          ['portico_vector_4_2'],
        ])
      }
      expect(await run('alter table kept drop three, drop anyhow, drop h', constraints)).toEqual([])
    })

    test('a table made of a query, like another, and in parts', async () => {
      const into = (table: string) => keep('{"three": "[1,2]"}').replace('into kept', `into ${table}`)
      expect(await run('create table other as select * from kept', into('other'))).toBe('22000')
      expect(await run('create table other (like kept including all)', into('other'))).toBe('22000')
      expect(
        await run(
          'create table parts (like kept) partition by range (id)',
          'create table first (like parts including all)',
          'alter table parts attach partition first for values from (1) to (2)',
          'create table second partition of parts for values from (2) to (3)',
          keep('{"id": 2, "three": "[1,2]"}').replace('into kept', 'into parts'),
        ),
      ).toBe('22000')
    })
  })
})
