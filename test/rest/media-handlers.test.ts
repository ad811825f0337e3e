import { beforeAll, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { type Asked, createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())
beforeAll(async () => {
  await rest.sql(`
    create domain public."text/html" as text;
    create domain public."image/png" as bytea;
    create domain public."text/tab-separated-values" as text;
    create domain public."application/x-rows" as text;
    create domain public."application/json" as json;
    create domain public."*/*" as bytea;
    create domain public."text/csv" as text;

    create function public.page(title text default 'Films') returns "text/html" language sql stable as
      $$ select '<h1>' || title || '</h1>' $$;
    create function public.picture() returns "image/png" language sql stable as $$ select '\\x89504e470d0a00ff'::bytea $$;
    create function public.no_picture() returns "image/png" language sql stable as $$ select null::bytea $$;
    create function public.pages() returns setof "text/html" language sql stable as $$ select '<p>' $$;
    create function public.anything() returns "*/*" language plpgsql stable as $$
    declare accepted text = current_setting('request.headers')::json ->> 'accept';
    begin
      if accepted = 'text/csv' then raise sqlstate 'PT406' using message = 'Not Acceptable'; end if;
      if accepted like 'audio/%' then
        perform set_config('response.headers', json_build_array(json_build_object('Content-Type', accepted))::text, true);
      end if;
      return 'any'::bytea;
    end $$;

    create function public.tab_line(state "text/tab-separated-values", next public.directors) returns "text/tab-separated-values"
      language sql immutable as $$ select state || concat_ws(E'\\t', next.id, next.name, next.born) || E'\\n' $$;
    create aggregate public.tabs(public.directors) (
      initcond = E'id\\tname\\tborn\\n', stype = "text/tab-separated-values", sfunc = public.tab_line);

    create function public.row_line(state "application/x-rows", next anyelement) returns "application/x-rows"
      language sql immutable as $$ select state || next::text || ';' $$;
    create aggregate public.lines(anyelement) (initcond = '', stype = "application/x-rows", sfunc = public.row_line);

    create function public.passport_step(state "application/json", next public.passports) returns "application/json"
      language sql immutable as $$ select json_build_object('seen', coalesce((state ->> 'seen')::int, 0) + 1) $$;
    create aggregate public.passport_json(public.passports) (
      initcond = '{}', stype = "application/json", sfunc = public.passport_step);

    create function public.with_bom(state "text/csv", next public.people) returns "text/csv" language sql immutable as
      $$ select state || next.name || E'\\n' $$;
    create function public.with_name(state "text/csv") returns "text/csv" language plpgsql as $$ begin
      perform set_config('response.headers', '[{"Content-Disposition": "attachment; filename=people.csv"}]', true);
      return state;
    end $$;
    create aggregate public.people_csv(public.people) (
      initcond = E'\\uFEFFname\\n', stype = "text/csv", sfunc = public.with_bom, finalfunc = public.with_name);

    create function public.first_directors(most int) returns setof public.directors language sql stable as
      $$ select * from public.directors order by id limit most $$;
    grant execute on all functions in schema public to anon`)
  await rest.refresh()
})

const refused = (types: string) => ({
  code: 'PGRST107',
  message: `None of these media types are available: ${types}`,
  details: null,
  hint: null,
})

test.each<[request: string, accept: string, type: string, text: string, more?: Asked]>([
  // Functions whose one value is the body.
  ['/rpc/page', 'text/html', 'text/html', '<h1>Films</h1>'],
  ['/rpc/page?title=All', 'TEXT/HTML;q=0.9,application/xml', 'text/html', '<h1>All</h1>'],
  ['POST /rpc/page', 'text/html', 'text/html', '<h1>Posted</h1>', { body: { title: 'Posted' } }],
  ['/rpc/page', 'application/json', 'application/json; charset=utf-8', '"<h1>Films</h1>"'],
  ['/rpc/page', '*/*', 'application/json; charset=utf-8', '"<h1>Films</h1>"'],
  ['/rpc/no_picture', 'image/png', 'image/png', ''],
  // A function that takes whatever is accepted.
  ['/rpc/anything', '*/*', 'application/octet-stream', 'any'],
  ['/rpc/anything', 'video/mp4', 'application/octet-stream', 'any'],
  ['/rpc/anything', 'audio/ogg', 'audio/ogg', 'any'],
  // Aggregates over a table's rows, filtered and ordered like any.
  [
    '/directors?born=not.is.null&order=id.desc',
    'text/tab-separated-values',
    'text/tab-separated-values',
    'id\tname\tborn\n2\tTati\t1907-10-09\n1\tVarda\t1928-05-30\n',
  ],
  [
    '/rpc/first_directors?most=1',
    'text/tab-separated-values',
    'text/tab-separated-values',
    'id\tname\tborn\n1\tVarda\t1928-05-30\n',
  ],
  [
    'PATCH /directors?id=eq.3',
    'text/tab-separated-values',
    'text/tab-separated-values',
    'id\tname\tborn\n3\tNobody\n',
    { body: { name: 'Nobody' }, prefer: 'return=representation' },
  ],
  // An aggregate over rows of any kind sees what was selected.
  ['/directors?select=id,who:name&id=lt.3&order=id', 'application/x-rows', 'application/x-rows', '(1,Varda);(2,Tati);'],
  [
    '/passports?select=*,directors(name)',
    'application/x-rows',
    'application/x-rows',
    '(1,FR1,"{""name"": ""Varda""}");',
  ],
  ['/rpc/pairs', 'application/x-rows', 'application/x-rows', '(a,1);(b,2);'],
  // What the API has of itself can be replaced, its own types cannot.
  ['/passports', 'application/json', 'application/json; charset=utf-8', '{"seen" : 1}'],
  ['/passports', '*/*', 'application/json; charset=utf-8', '[{"director_id":1,"number":"FR1"}]'],
  ['/passports?select=number', 'application/json', 'application/json; charset=utf-8', '[{"number":"FR1"}]'],
  [
    '/passports',
    'application/vnd.pgrst.object+json',
    'application/vnd.pgrst.object+json; charset=utf-8',
    '{"director_id":1,"number":"FR1"}',
  ],
  ['/people?id=eq.1', 'text/csv', 'text/csv; charset=utf-8', '\uFEFFname\nAda\n'],
])('%s as %s', async (line, accept, type, text, more = {}) => {
  const response = await rest.ask(line, { ...more, headers: { accept } })
  expect([response.status, response.headers.get('content-type'), response.raw.toString()]).toEqual([200, type, text])
})

test('bytes come as they are, also when a browser asks', async () => {
  for (const accept of ['image/png', 'text/html,application/xhtml+xml;q=0.9,image/png,*/*;q=0.8']) {
    const answer = await rest.ask('/rpc/picture', { headers: { accept } })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(answer.raw.toString('hex')).toBe('89504e470d0a00ff')
    expect(answer.headers.get('content-length')).toBe('8')
  }
})

test('a final function sets headers of the answer', async () => {
  const answer = await rest.ask('/people', { headers: { accept: 'text/csv' } })
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename=people.csv')
})

test.each<[request: string, accept: string, asked?: Asked]>([
  ['/rpc/page', 'text/plain'],
  ['/rpc/pages', 'text/html'],
  ['/rpc/setting?name=x', 'text/plain'],
  ['/films', 'text/tab-separated-values'],
  ['/directors?select=id', 'text/tab-separated-values'],
  ['/directors?select=id,name,born', 'text/tab-separated-values'],
  ['/directors?select=*,passports(*)', 'text/tab-separated-values'],
  ['POST /directors', 'text/html', { body: { id: 9, name: 'x' } }],
])('%s is not to be had as %s', async (line, accept, asked = {}) => {
  const answer = await rest.ask(line, { ...asked, headers: { accept } })
  expect([answer.status, answer.body]).toEqual([406, refused(accept)])
})

test('a function may refuse what it is asked for', async () => {
  const answer = await rest.ask('/rpc/anything', { headers: { accept: 'text/csv' } })
  expect([answer.status, answer.body.code]).toEqual([406, 'PT406'])
})

test('HEAD asks for no body', async () => {
  const answer = await rest.ask('HEAD /rpc/page', { headers: { accept: 'text/html' } })
  expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([200, 'text/html', ''])
})

test('a handler that is made later is there at once, one that is dropped is gone', async () => {
  await rest.sql(`create function public.note_step(state "text/html", next public.notice) returns "text/html"
    language sql immutable as $$ select state || '<li>' || next.notice $$;
    create aggregate public.note_list(public.notice) (initcond = '', stype = "text/html", sfunc = public.note_step)`)
  await rest.refresh()
  const asked = async () => await rest.ask('/notice', { headers: { accept: 'text/html' } })
  expect((await asked()).text).toBe('<li>a')
  await rest.sql('drop aggregate public.note_list(public.notice)')
  await rest.refresh()
  expect((await asked()).status).toBe(406)
})
