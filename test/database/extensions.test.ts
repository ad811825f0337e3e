import { readFileSync } from 'node:fs'
import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { standIns } from '#database'
import { useDatabase } from '../support/database.ts'
import { attempt, connected } from './sql-client.ts'

const database = useDatabase()

const asPostgres = <T>(work: (client: pg.Client) => Promise<T>) => connected(database.connections, 'postgres', work)
const run = (...statements: string[]) => asPostgres((client) => attempt(client, 'postgres', statements))

test('the documentation says how far each stand-in goes', () => {
  const page = readFileSync('docs/projects.md', 'utf8').replaceAll(/ +/g, ' ')
  expect(standIns.filter(({ name, does }) => !page.includes(`| ${name} | ${does} |`))).toEqual([])
})

describe('postgres, no superuser, creates, describes and drops', () => {
  const supabase = [
    'hstore',
    'pg_trgm',
    'citext',
    'ltree',
    'unaccent',
    'btree_gist',
    'moddatetime',
    'dblink',
    'postgres_fdw',
    'earthdistance',
    'autoinc',
    'pg_walinspect',
    'tablefunc',
    'fuzzystrmatch',
  ]
  test.each([
    ...standIns.map(({ name }) => name).filter((name) => !['pg_net', 'supabase_vault'].includes(name)),
    ...supabase,
  ])('%s', async (name) => {
    expect(
      await run(
        `create extension "${name}" cascade`,
        `comment on extension "${name}" is 'x'`,
        `drop extension "${name}" cascade`,
      ),
    ).toEqual([])
  })

  test.each([
    ['pg_cron', 'pg_catalog'],
    ['pg_cron', 'extensions'],
    ['pgjwt', 'extensions'],
    ['pg_graphql', 'graphql'],
    ['pgsodium', 'pgsodium'],
    ['http', 'extensions'],
  ])('%s with schema %s', async (name, schema) => {
    expect(await run(`create extension if not exists "${name}" with schema "${schema}"`)).toEqual([])
  })

  test('a foreign server', async () => {
    expect(
      await run(
        'create extension postgres_fdw with schema extensions',
        "create server s foreign data wrapper postgres_fdw options (host 'x')",
      ),
    ).toEqual([])
  })
})

describe('pg_net', () => {
  test.each<[call: string, request: unknown[]]>([
    ["net.http_get('https://a.b/c')", ['GET', 'https://a.b/c', {}, null, 5000]],
    [
      'net.http_get(\'https://a.b/c?x=1\', \'{"q": "a b&c é"}\', \'{"X": "y"}\', 100)',
      ['GET', 'https://a.b/c?x=1&q=a%20b%26c%20%C3%A9', { X: 'y' }, null, 100],
    ],
    [
      "net.http_post('http://a.b', '{\"a\": 1}')",
      ['POST', 'http://a.b', { 'Content-Type': 'application/json' }, '{"a": 1}', 5000],
    ],
    [
      'net.http_post(url := \'http://a.b\', headers := \'{"Authorization": "x"}\')',
      ['POST', 'http://a.b', { 'Content-Type': 'application/json', Authorization: 'x' }, '{}', 5000],
    ],
    ['net.http_delete(\'http://a.b\', \'{"id": "7"}\')', ['DELETE', 'http://a.b?id=7', {}, null, 5000]],
  ])('%s is queued', async (call, request) => {
    expect(
      await run(
        `select ${call}`,
        "select method, url, headers, convert_from(body, 'utf8'), timeout_milliseconds from net.http_request_queue",
      ),
    ).toEqual([request])
  })

  test.each([
    ["net.http_get('file:///etc/passwd')", '22023'],
    ["net.http_post('http://a.b', '{}', '{}', '{\"content-type\": \"text/plain\"}')", 'P0001'],
  ])('%s is refused', async (call, code) => {
    expect(await run(`select ${call}`)).toBe(code)
  })

  test('an answer is collected', async () => {
    expect(await run('select status from net.http_collect_response(1)')).toEqual([['PENDING']])
  })

  test('a webhook of a table', async () => {
    expect(
      await run(
        'create table public.t (id int)',
        "create trigger hook after insert or delete on public.t for each row execute function supabase_functions.http_request('http://a.b', 'POST', '{\"K\": \"v\"}', '{}', '2000')",
        'insert into public.t values (7)',
        'delete from public.t',
        'select body::jsonb from portico.events order by id',
      ),
    ).toEqual([
      [{ type: 'INSERT', table: 't', schema: 'public', record: { id: 7 }, old_record: null }],
      [{ type: 'DELETE', table: 't', schema: 'public', record: null, old_record: { id: 7 } }],
    ])
  })
})

describe('pg_cron', () => {
  const create = 'create extension pg_cron'
  test.each([
    ['* * * * *', true],
    ['5 4 * * sun', true],
    ['*/15 0-23/2 1,15 jan-mar 1-5', true],
    ['0 0 $ * *', true],
    ['30 seconds', true],
    ['@daily', true],
    ['0 9 * * MON', true],
    ['60 * * * *', false],
    ['* * * *', false],
    ['* * 0 * *', false],
    ['90 seconds', false],
    ['* * * * fun', false],
    ['a b c d e', false],
    ['', false],
  ])("the schedule '%s': %s", async (schedule, valid) => {
    expect(await run(create, `select cron.schedule('j', '${schedule}', 'select 1')`)).toEqual(valid ? [['1']] : '22023')
  })

  test('a job is kept, changed by name, altered, taken away', async () => {
    const job = 'select jobname, schedule, command, username, active from cron.job'
    expect(
      await run(
        create,
        "select cron.schedule('a', '* * * * *', 'x')",
        "select cron.schedule('a', '@hourly', 'y')",
        job,
      ),
    ).toEqual([['a', '@hourly', 'y', 'postgres', true]])
    expect(
      await run(create, "select cron.schedule('* * * * *', 'x')", 'select cron.alter_job(1, active := false)', job),
    ).toEqual([[null, '* * * * *', 'x', 'postgres', false]])
    expect(
      await run(create, "select cron.schedule('a', '* * * * *', 'x')", "select cron.unschedule('a')", job),
    ).toEqual([])
    expect(await run(create, "select cron.unschedule('nope')")).toBe('P0001')
  })

  test.each([
    ["select cron.schedule_in_database('j', '* * * * *', 'x', current_database(), 'supabase_admin')"],
    [
      "set local session_replication_role = replica; insert into cron.job (schedule, command, username) values ('* * * * *', 'x', 'supabase_admin')",
    ],
    ['alter table cron.job disable trigger all'],
    ["select cron.schedule('j', '* * * * *', 'x'); update cron.job set username = 'supabase_admin'"],
  ])("no one schedules with another's rights: %s", async (statement) => {
    expect(await run(create, statement)).toBe('42501')
  })
})

describe('pgmq', () => {
  const start = ['create extension pgmq', "select pgmq.create('q')"]
  test.each<[what: string, statements: string[], expected: unknown]>([
    [
      'first in, first out, and out of sight',
      [
        "select pgmq.send('q', '{\"n\": 1}')",
        "select pgmq.send('q', '{\"n\": 2}')",
        "select pgmq.read('q', 30, 1)",
        "select msg_id, read_ct, message from pgmq.read('q', 30, 5)",
      ],
      [['2', 1, { n: 2 }]],
    ],
    [
      'visible again',
      ["select pgmq.send('q', '1')", "select pgmq.read('q', 0, 1)", "select read_ct from pgmq.read('q', 30, 1)"],
      [[2]],
    ],
    ['delayed', ["select pgmq.send('q', '1', 60)", "select msg_id from pgmq.read('q', 30, 1)"], []],
    [
      'with headers',
      ["select pgmq.send('q', '1', '{\"h\": 1}'::jsonb)", "select headers from pgmq.read('q', 30, 1)"],
      [[{ h: 1 }]],
    ],
    ['a batch', ["select * from pgmq.send_batch('q', array['1', '2', '3']::jsonb[])"], [['1'], ['2'], ['3']]],
    [
      'by condition',
      [
        "select pgmq.send_batch('q', array['{\"a\": 1}', '{\"a\": 2}']::jsonb[])",
        "select message from pgmq.read('q', 30, 5, '{\"a\": 2}')",
      ],
      [[{ a: 2 }]],
    ],
    [
      'popped',
      ["select pgmq.send('q', '1')", "select message from pgmq.pop('q')", "select queue_length from pgmq.metrics('q')"],
      [['0']],
    ],
    [
      'archived',
      ["select pgmq.send('q', '1')", "select pgmq.archive('q', 1)", 'select msg_id, message from pgmq.a_q'],
      [['1', 1]],
    ],
    [
      'deleted, or not there',
      ["select pgmq.send('q', '1')", "select pgmq.delete('q', 1), pgmq.delete('q', 9)"],
      [[true, false]],
    ],
    ['polled', ["select pgmq.send('q', '1')", "select msg_id from pgmq.read_with_poll('q', 30, 1, 1, 10)"], [['1']]],
    [
      'made invisible for longer',
      ["select pgmq.send('q', '1')", "select msg_id from pgmq.set_vt('q', 1, 60)"],
      [['1']],
    ],
    ['purged', ["select pgmq.send_batch('q', array['1', '2']::jsonb[])", "select pgmq.purge_queue('q')"], [['2']]],
    [
      'metrics',
      [
        "select pgmq.send_batch('q', array['1', '2']::jsonb[])",
        "select pgmq.pop('q')",
        'select queue_name, queue_length, total_messages, queue_visible_length from pgmq.metrics_all()',
      ],
      [['q', '1', '2', '1']],
    ],
    ['listed', ['select queue_name, is_partitioned, is_unlogged from pgmq.list_queues()'], [['q', false, false]]],
    ['dropped', ["select pgmq.drop_queue('q'), pgmq.drop_queue('none')"], [[true, false]]],
    ['a name that is none', ["select pgmq.create('a;b')"], '22023'],
    ['partitioned', ["select pgmq.create_partitioned('p')"], '0A000'],
  ])('%s', async (_, statements, expected) => {
    expect(await run(...start, ...statements)).toEqual(expected)
  })
})

describe('pgjwt', () => {
  const create = 'create extension pgjwt with schema extensions'
  const token =
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiYWRtaW4iOnRydWV9.TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ'
  test.each<[call: string, expected: unknown[]]>([
    [`sign('{"sub":"1234567890","name":"John Doe","admin":true}', 'secret')`, [token]],
    [`(verify('${token}', 'secret')).valid`, [true]],
    [`(verify('${token}', 'another')).valid`, [false]],
    [`(verify('${token}', 'secret')).payload ->> 'name'`, ['John Doe']],
    [`(verify(sign('{"exp": 1}', 'secret', 'HS512'), 'secret', 'HS512')).valid`, [false]],
    [`convert_from(url_decode(url_encode('\\xfbff')), 'latin1')`, ['ûÿ']],
  ])('%s', async (call, expected) => {
    expect(await run(create, `select ${call}`)).toEqual([expected])
  })
})

describe('pg_jsonschema', () => {
  test.each<[schema: string, valid: string[], invalid: string[]]>([
    ['true', ['1'], []],
    ['false', [], ['1']],
    ['{"type": "integer"}', ['1', '1.0'], ['1.5', '"1"']],
    ['{"type": ["string", "null"]}', ['"a"', 'null'], ['1', '{}']],
    ['{"enum": [1, "a", null]}', ['1', '"a"', 'null'], ['2']],
    ['{"const": {"a": [1]}}', ['{"a": [1]}'], ['{"a": [2]}']],
    ['{"minimum": 1, "exclusiveMaximum": 3}', ['1', '2.9', '"x"'], ['0', '3']],
    ['{"multipleOf": 0.1}', ['0.3', '1'], ['0.25']],
    ['{"minLength": 2, "maxLength": 3, "pattern": "^a"}', ['"ab"', '"aéb"', '7'], ['"a"', '"abcd"', '"ba"']],
    [
      '{"items": {"type": "number"}, "minItems": 1, "maxItems": 2}',
      ['[1]', '[1, 2]', '{}'],
      ['[]', '[1, 2, 3]', '["a"]'],
    ],
    ['{"prefixItems": [{"type": "number"}], "items": false}', ['[1]', '[]'], ['["a"]', '[1, 2]']],
    ['{"items": [{"type": "number"}], "additionalItems": {"type": "string"}}', ['[1, "a"]'], ['[1, 2]']],
    ['{"uniqueItems": true}', ['[1, 2]'], ['[1, 1.0]', '[{"a": 1}, {"a": 1}]']],
    ['{"contains": {"const": 1}, "maxContains": 2}', ['[1, 2]', '[1, 1]'], ['[2]', '[1, 1, 1]']],
    ['{"properties": {"a": {"type": "string"}}, "required": ["a"]}', ['{"a": "x"}', '[]'], ['{}', '{"a": 1}']],
    [
      '{"properties": {"a": {}}, "patternProperties": {"^x": {"type": "number"}}, "additionalProperties": false}',
      ['{"a": 1, "x1": 2}'],
      ['{"b": 1}', '{"x1": "y"}'],
    ],
    [
      '{"propertyNames": {"maxLength": 2}, "minProperties": 1, "maxProperties": 2}',
      ['{"ab": 1}'],
      ['{}', '{"abc": 1}', '{"a": 1, "b": 2, "c": 3}'],
    ],
    [
      '{"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"c": {"required": ["d"]}}}',
      ['{"a": 1, "b": 1}', '{}'],
      ['{"a": 1}', '{"c": 1}'],
    ],
    ['{"allOf": [{"minimum": 1}, {"maximum": 2}], "not": {"const": 2}}', ['1'], ['0', '2', '3']],
    ['{"anyOf": [{"type": "string"}, {"minimum": 5}]}', ['"a"', '6'], ['1']],
    ['{"oneOf": [{"multipleOf": 3}, {"multipleOf": 5}]}', ['3', '10'], ['15', '7']],
    ['{"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"minimum": 0}}', ['"ab"', '1'], ['"a"', '-1']],
    [
      '{"$defs": {"node": {"properties": {"next": {"$ref": "#/$defs/node"}, "v": {"type": "number"}}}}, "$ref": "#/$defs/node"}',
      ['{"v": 1, "next": {"v": 2}}'],
      ['{"next": {"next": {"v": "x"}}}'],
    ],
  ])('%s', async (schema, valid, invalid) => {
    const found = await run(
      'create extension pg_jsonschema',
      `select instance, jsonb_matches_schema($s$${schema}$s$, instance::jsonb) from unnest(array[${[...valid, ...invalid].map((i) => `'${i}'`)}]::text[]) with ordinality i (instance, n) order by n`,
    )
    expect(found).toEqual([...valid.map((i) => [i, true]), ...invalid.map((i) => [i, false])])
  })

  test.each<[call: string, expected: unknown]>([
    [`jsonschema_validation_errors('{"maxLength": 2, "type": "string"}', '"abc"')`, [[[': longer than 2 characters']]]],
    [`json_matches_schema('{"type": "string"}', '1')`, [[false]]],
    [`jsonschema_is_valid('{"type": "string"}')`, [[true]]],
    [`jsonschema_is_valid('{"$ref": "#/nowhere"}')`, [[false]]],
    [`jsonschema_is_valid('[]')`, [[false]]],
    [`jsonb_matches_schema('{"unevaluatedItems": false}', '[]')`, '0A000'],
    [`jsonb_matches_schema('{"$ref": "https://example.com/s"}', '[]')`, '0A000'],
    [`jsonb_matches_schema('{"$ref": "#"}', '[]')`, '54001'],
  ])('%s', async (call, expected) => {
    expect(await run('create extension pg_jsonschema', `select ${call}`)).toEqual(expected)
  })

  test('as a check of a column', async () => {
    expect(
      await run(
        'create extension pg_jsonschema with schema extensions',
        `create table public.t (meta jsonb check (extensions.jsonb_matches_schema('{"type": "object"}', meta)))`,
        "insert into public.t values ('[]')",
      ),
    ).toBe('23514')
  })
})

describe('what is not there says what to use', () => {
  test.each([
    ['hypopg', "hypopg_create_index('create index on t (a)')", /can not be imagined/],
    ['pg_tle', "pgtle.install_extension('a', '1', 'b', 'c')", /--db-url/],
    ['pgsodium', 'pgsodium.create_key()', /vault\.create_secret/],
  ])('%s: %s', async (extension, call, says) => {
    await asPostgres(async (client) => {
      await client.query(`begin; create extension ${extension} cascade`)
      const error = await client.query(`select ${call}`).catch((e: pg.DatabaseError) => e)
      expect(error).toMatchObject({ code: '0A000' })
      const { message, hint } = error as pg.DatabaseError
      expect(`${message} ${hint}`).toMatch(says)
      await client.query('rollback')
    })
  })

  test('index_advisor', async () => {
    expect(
      await run('create extension index_advisor', "select index_statements, errors from index_advisor('select 1')"),
    ).toEqual([[[], ['no advice: indexes can not be imagined here (see hypopg)']]])
  })
})

describe('the vault', () => {
  test('a secret is encrypted, read, changed, and unreadable for others', async () => {
    const secret = "select vault.create_secret('open sesame', 'cave', 'where')"
    expect(
      await run(
        secret,
        "select position('sesame' in secret), position('sesame' in encode(decode(secret, 'base64'), 'escape')) from vault.secrets",
      ),
    ).toEqual([[0, 0]])
    expect(await run(secret, 'select name, description, decrypted_secret from vault.decrypted_secrets')).toEqual([
      ['cave', 'where', 'open sesame'],
    ])
    expect(
      await run(
        secret,
        "select vault.update_secret(id, 'other', new_name := 'den') from vault.secrets",
        'select name, description, decrypted_secret from vault.decrypted_secrets',
      ),
    ).toEqual([['den', 'where', 'other']])
    expect(
      await run(secret, 'set local role service_role', 'select decrypted_secret from vault.decrypted_secrets'),
    ).toEqual([['open sesame']])
    expect(await run(secret, 'set local role service_role', 'select key from vault._key')).toBe('42501')
    expect(await run(secret, secret)).toBe('23505')
  })
})
