import { get } from 'node:http'
import { beforeAll, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())
beforeAll(async () => {
  await rest.sql(`
    create function public.say(headers text default '', status text default '') returns text language plpgsql as $$ begin
      perform set_config('response.headers', headers, true), set_config('response.status', status, true);
      return 'said';
    end $$;
    create function public.fail(message text, detail text default null) returns text language plpgsql as $$ begin
      if detail is null then raise sqlstate 'PGRST' using message = message; end if;
      raise sqlstate 'PGRST' using message = message, detail = detail;
    end $$;
    create function public.throw(code text, reason text) returns text language plpgsql as $$ begin
      raise exception using errcode = code, message = reason;
    end $$;
    grant execute on function public.say, public.fail, public.throw to anon`)
  await rest.refresh()
})

test('headers and status are set by name, a cookie each by itself, letters as the bytes of UTF-8', async () => {
  const headers = '[{"X-Who": "Ünder"}, {"Set-Cookie": "a=1"}, {"set-cookie": "b=2"}, {"Content-Type": "text/x-own"}]'
  const answer = await rest.ask('POST /rpc/say', { body: { headers, status: '418' } })
  expect([answer.status, answer.body]).toEqual([418, 'said'])
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  expect(answer.headers.get('content-type')).toBe('text/x-own')
  expect(Buffer.from(answer.headers.get('x-who') ?? '', 'latin1').toString()).toBe('Ünder')
})

test('what belongs to the connection is not for SQL to say', async () => {
  const headers = '[{"Content-Length": "3"}, {"Transfer-Encoding": "chunked"}, {"Connection": "close"}, {"X-Own": "1"}]'
  const answer = await rest.ask('POST /rpc/say', { body: { headers } })
  expect([answer.body, answer.headers.get('x-own')]).toEqual(['said', '1'])
  expect(answer.headers.get('content-length')).toBe('6')
  expect(answer.headers.get('transfer-encoding')).toBeNull()
})

const badHeaders = 'response.headers guc must be a JSON array composed of objects with a single key and a string value'

test.each<[given: object, code: string, message: string]>([
  [{ headers: 'x' }, 'PGRST111', badHeaders],
  [{ headers: '{"a": "b"}' }, 'PGRST111', badHeaders],
  [{ headers: '[{"a": "b", "c": "d"}]' }, 'PGRST111', badHeaders],
  [{ headers: '[{"a": 1}]' }, 'PGRST111', badHeaders],
  [{ headers: '[["a"]]' }, 'PGRST111', badHeaders],
  [{ headers: '[{}]' }, 'PGRST111', badHeaders],
  [{ headers: '[{"a b": "c"}]' }, 'PGRST111', badHeaders],
  [{ headers: String.raw`[{"a": "b\r\nset-cookie: c=d"}]` }, 'PGRST111', badHeaders],
  [{ headers: String.raw`[{"a\r\nb": "c"}]` }, 'PGRST111', badHeaders],
  [{ status: 'much' }, 'PGRST112', 'response.status guc must be a valid status code'],
  [{ status: '99' }, 'PGRST112', 'response.status guc must be a valid status code'],
  [{ status: '1000' }, 'PGRST112', 'response.status guc must be a valid status code'],
])('set %j', async (body, code, message) => {
  const answer = await rest.ask('POST /rpc/say', { body })
  expect([answer.status, answer.body]).toEqual([500, { code, message, details: null, hint: null }])
  expect(answer.headers.getSetCookie()).toEqual([])
})

const message = '{"code": "C1", "message": "No"}'

test.each<[message: string, detail: string | undefined, told: string]>([
  ['no', '{"status": 400, "headers": {}}', "Invalid JSON value for MESSAGE: 'no'"],
  ['{"code": "C1"}', '{"status": 400, "headers": {}}', `Invalid JSON value for MESSAGE: '{"code": "C1"}'`],
  [
    '{"code": "C1", "message": "No", "hint": 1}',
    '{"status": 400, "headers": {}}',
    `Invalid JSON value for MESSAGE: '{"code": "C1", "message": "No", "hint": 1}'`,
  ],
  [message, undefined, 'DETAIL is missing in the RAISE statement'],
  [message, 'no', "Invalid JSON value for DETAIL: 'no'"],
  ...[
    '{"status": 400}',
    '{"status": "400", "headers": {}}',
    '{"status": 40, "headers": {}}',
    '{"status": 400, "headers": []}',
    '{"status": 400, "headers": {"a": 1}}',
    '{"status": 400, "headers": {"a b": "c"}}',
    String.raw`{"status": 400, "headers": {"a": "b\nc: d"}}`,
    String.raw`{"status": 400, "headers": {}, "status_text": "a\nb: c"}`,
  ].map((detail): [string, string, string] => [message, detail, `Invalid JSON value for DETAIL: '${detail}'`]),
])("raise sqlstate 'PGRST' with %s and %s", async (message, detail, told) => {
  const answer = await rest.ask('POST /rpc/fail', { body: { message, ...(detail !== undefined && { detail }) } })
  expect([answer.status, answer.body]).toEqual([
    500,
    {
      code: 'PGRST121',
      message: `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`,
      details: told,
      hint: told.includes('MESSAGE')
        ? "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."
        : "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.",
    },
  ])
})

test.each<[path: string, status: number, text: string, body: object]>([
  [
    `/rpc/fail?message=${encodeURIComponent('{"code": "C1", "message": "No", "details": "d", "hint": "h"}')}&detail=${encodeURIComponent('{"status": 402, "status_text": "Pay first", "headers": {"X-Price": "5"}}')}`,
    402,
    'Pay first',
    { code: 'C1', message: 'No', details: 'd', hint: 'h' },
  ],
  [
    '/rpc/throw?code=PT404&reason=Not%20in%20stock',
    404,
    'Not in stock',
    { code: 'PT404', message: 'Not in stock', details: null, hint: null },
  ],
  [
    '/rpc/throw?code=PT404&reason=two%0Alines',
    404,
    'Not Found',
    { code: 'PT404', message: 'two\nlines', details: null, hint: null },
  ],
])('the status line of %s', async (path, status, text, body) => {
  const response = await new Promise<{ status: number | undefined; text: string | undefined; body: unknown }>(
    (resolve, reject) => {
      get(rest.url + path, (message) => {
        const chunks: Buffer[] = []
        message.on('data', (chunk: Buffer) => chunks.push(chunk))
        message.on('end', () =>
          resolve({
            status: message.statusCode,
            text: message.statusMessage,
            body: JSON.parse(Buffer.concat(chunks).toString()),
          }),
        )
      }).on('error', reject)
    },
  )
  expect(response).toEqual({ status, text, body })
})
