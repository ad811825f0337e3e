import { beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())
beforeAll(async () => {
  await rest.sql(`
    create schema third;
    create table third.things (id int primary key);
    insert into third.things values (7);
    create domain third.tall as text;
    create domain public."application/openapi+json" as json;
    create function public.guard() returns void language plpgsql as $$ begin
      if current_setting('request.headers')::json ->> 'x-ban' = 'yes' then
        raise sqlstate 'PT403' using message = 'banned';
      end if;
      perform set_config('response.headers', '[{"x-guard": "seen"}]', true);
    end $$;
    create function public.root() returns "application/openapi+json" language sql stable as
      $$ select '{"swagger": "2.0", "info": {"title": "Ours"}}'::json $$;
    create function public.whoami() returns text language sql stable as $$ select current_user $$;
    create function public.slow() returns text language sql stable set statement_timeout = '50ms' as
      $$ select pg_sleep(0.3)::text $$;
    grant usage on schema third to anon;
    grant select on third.things to anon;
    grant execute on all functions in schema public to anon, authenticated`)
  await rest.refresh()
})

const whoami = async (as: string) => (await rest.ask('/rpc/whoami', { as })).body
const refusalOf = async (as: string) => {
  const { status, body } = await rest.ask('/rpc/whoami', { as })
  return [status, body.code]
}
const rows = async (path: string, headers = {}) => (await rest.ask(path, { headers })).body

/** `alter role authenticator set pgrst.NAME = VALUE`, and what it changes; each is as it was once it is reset. */
const cases: readonly [name: string, value: string, ask: () => Promise<unknown>, without: unknown, then: unknown][] = [
  [
    'db_schemas',
    'third, other',
    async () => [await rows('/things'), (await rest.ask('/films', { headers: { 'accept-profile': 'public' } })).status],
    [expect.objectContaining({ code: 'PGRST205' }), 200],
    [[{ id: 7 }], 406],
  ],
  [
    'db_extra_search_path',
    'extensions, third',
    async () => [
      (await rest.ask('/films?select=title::tall&id=eq.1')).status,
      await rows('/rpc/setting?name=search_path'),
    ],
    [400, '"public", "public", "extensions"'],
    [200, '"public", "extensions", "third"'],
  ],
  ['db_max_rows', '1', async () => (await rows('/directors')).length, 3, 1],
  ['db_aggregates_enabled', 'true', async () => (await rest.ask('/films?select=id.count()')).status, 400, 200],
  [
    'db_plan_enabled',
    'true',
    async () => (await rest.ask('/films', { headers: { accept: 'application/vnd.pgrst.plan' } })).status,
    406,
    200,
  ],
  [
    'db_pre_request',
    'public.guard',
    async () => {
      const [allowed, banned] = await Promise.all([
        rest.ask('/directors?limit=1'),
        rest.ask('/directors', { headers: { 'x-ban': 'yes' } }),
      ])
      return [allowed.headers.get('x-guard'), banned.status, banned.body.message]
    },
    [null, 200, undefined],
    ['seen', 403, 'banned'],
  ],
  ['db_pre_request', 'guard', async () => (await rest.ask('/directors')).headers.get('x-guard'), null, 'seen'],
  ['db_anon_role', 'authenticated', async () => await rows('/rpc/whoami'), 'anon', 'authenticated'],
  [
    'db_anon_role',
    '',
    async () => {
      const nobody = await rest.ask('/directors?limit=1')
      return [nobody.status, nobody.body.code, nobody.body.message, nobody.headers.get('www-authenticate')]
    },
    [200, undefined, undefined, null],
    [401, 'PGRST302', 'Anonymous access is disabled', 'Bearer'],
  ],
  [
    'db_anon_role',
    'authenticated',
    async () => [
      await whoami('roleless'),
      (await rest.ask('/rpc/setting?name=request.jwt.claims', { as: 'roleless' })).body,
    ],
    ['anon', '{"sub":"roleless","role":"anon"}'],
    ['authenticated', '{"sub":"roleless","role":"authenticated"}'],
  ],
  ['db_anon_role', '', () => refusalOf('roleless'), [200, undefined], [401, 'PGRST302']],
  ['jwt_role_claim_key', '."https://films.example/roles"[2]', () => whoami('elsewhere'), 'anon', 'authenticated'],
  [
    'jwt_role_claim_key',
    '."https://films.example/roles"[?(@ ^== "auth")]',
    () => whoami('elsewhere'),
    'anon',
    'authenticated',
  ],
  ['jwt_role_claim_key', '.sub', () => refusalOf('ada'), [200, undefined], [401, '22023']],
  ['jwt_role_claim_key', 'sub', () => whoami('ada'), 'authenticated', 'authenticated'],
  ['jwt_aud', 'books', () => refusalOf('elsewhere'), [200, undefined], [200, undefined]],
  ['jwt_aud', 'plays', () => refusalOf('elsewhere'), [200, undefined], [401, 'PGRST303']],
  ['jwt_aud', 'plays', () => refusalOf('ada'), [200, undefined], [200, undefined]],
  ['db_hoisted_tx_settings', 'work_mem', async () => (await rest.ask('/rpc/slow')).status, 500, 200],
  ['openapi_mode', 'disabled', async () => (await rest.ask('/')).body.code, undefined, 'PGRST126'],
  [
    'openapi_mode',
    'ignore-privileges',
    async () => (await rest.ask('/')).body.definitions.secrets !== undefined,
    false,
    true,
  ],
  ['openapi_security_active', 'true', async () => (await rows('/')).security, undefined, [{ JWT: [] }]],
  [
    'openapi_server_proxy_uri',
    'https://api.example.com/data',
    async () => {
      const { host, basePath, schemes } = await rows('/')
      return [host, basePath, schemes]
    },
    ['127.0.0.1:54321', '/rest/v1', ['http']],
    ['api.example.com', '/data', ['https']],
  ],
  [
    'db_root_spec',
    'public.root',
    async () => {
      const { headers, body } = await rest.ask('/', { headers: { accept: 'application/openapi+json' } })
      return [headers.get('content-type'), body.info.title]
    },
    ['application/openapi+json; charset=utf-8', 'standard public schema'],
    ['application/openapi+json; charset=utf-8', 'Ours'],
  ],
  ...['/films', '/'].map((path): (typeof cases)[number] => [
    'server_timing_enabled',
    'true',
    async () => (await rest.ask(path)).headers.get('server-timing'),
    null,
    expect.stringMatching(
      /^jwt;dur=\d+\.\d, parse;dur=\d+\.\d, plan;dur=\d+\.\d, transaction;dur=\d+\.\d, response;dur=\d+\.\d$/,
    ),
  ]),
]

test.each(cases)('%s = %o', async (name, value, ask, without, then) => {
  expect(await ask()).toEqual(without)
  await rest.whileSet(name, value, async () => expect(await ask()).toEqual(then))
  expect(await ask()).toEqual(without)
})

test('what the setting says can be told without looking: notify pgrst', async () => {
  const role = 'alter role authenticator in database :DATABASE'
  await rest.sql(`${role} set pgrst.db_max_rows = '2'; notify pgrst, 'reload config'`)
  await expect.poll(async () => (await rows('/directors')).length).toBe(2)
  await rest.sql(`${role} reset pgrst.db_max_rows; notify pgrst`)
  await expect.poll(async () => (await rows('/directors')).length).toBe(3)
})

describe('db_tx_end', () => {
  test.each([
    ['commit', undefined, true, null],
    ['commit', 'rollback', true, null],
    ['commit-allow-override', undefined, true, null],
    ['commit-allow-override', 'rollback', false, 'tx=rollback'],
    ['rollback', undefined, false, null],
    ['rollback', 'commit', false, null],
    ['rollback-allow-override', undefined, false, null],
    ['rollback-allow-override', 'commit', true, 'tx=commit'],
  ])('%s, and a client that asks for %s', async (setting, asked, stays, applied) => {
    await rest.whileSet('db_tx_end', setting, async () => {
      const prefer = asked === undefined ? {} : { prefer: `tx=${asked}` }
      const answer = await rest.ask('POST /actors', { body: { id: 900, name: 'x' }, ...prefer })
      expect([answer.status, answer.headers.get('preference-applied')]).toEqual([201, applied])
      expect((await rows('/actors?id=eq.900')).length).toBe(stays ? 1 : 0)
    })
    await rest.sql('delete from public.actors where id = 900')
  })

  test('a deferred constraint fails a change that is to be rolled back as one that is to stay', async () => {
    await rest.sql(`create table public.pairs_of (id int primary key, other int
        constraint together references public.pairs_of deferrable initially deferred);
      grant all on public.pairs_of to anon`)
    await rest.whileSet('db_tx_end', 'commit-allow-override', async () => {
      for (const prefer of ['tx=rollback', 'tx=commit']) {
        const answer = await rest.ask('POST /pairs_of', { body: { id: 1, other: 2 }, prefer })
        expect([answer.status, answer.body.code]).toEqual([409, '23503'])
      }
    })
  })
})
