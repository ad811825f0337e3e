import { userId } from '../photo-community/sign-tokens.ts'
import { json, object, profile, quoted } from '../photo-community/sql.ts'
import { list, type Operation } from './operation.ts'
import { shapes } from './shapes.ts'

const none = () => []

export const operations: readonly Operation[] = [
  {
    name: 'R1',
    about: 'one row by key',
    path: (n) =>
      `/photos?select=id,title,description,url,width,height,created_at&id=eq.${((n * 7919) % 19_999) * 10 + 1 + (n % 9)}`,
    parameters: (search) => [/id=eq\.(\d+)$/.exec(search)?.[1] ?? ''],
    sql: `select ${list(
      object({
        id: 'p.id',
        title: json('p.title'),
        description: json('p.description'),
        url: json('p.url'),
        width: 'p.width',
        height: 'p.height',
        created_at: json('p.created_at'),
      }),
    )} from photos p where id = $1::bigint`,
  },
  {
    name: 'R2',
    about: 'a list of 20 with an author',
    path: () =>
      '/photos?select=id,title,url,created_at,profile:profiles(id,username,display_name)&order=created_at.desc&limit=20',
    parameters: none,
    sql: `select ${list(
      object({
        id: 'p.id',
        title: json('p.title'),
        url: json('p.url'),
        created_at: json('p.created_at'),
        profile: profile('p.profile_id', {
          id: quoted('a.id'),
          username: json('a.username'),
          display_name: json('a.display_name'),
        }),
      }),
    )} from (select id, title, url, created_at, profile_id from photos order by created_at desc limit 20) p`,
  },
  {
    name: 'R3',
    about: 'three embedded levels',
    path: () =>
      '/profiles?select=id,username,display_name,photos(id,title,url,created_at,comments(id,body,created_at,author:profiles(id,username)))' +
      '&order=created_at&limit=10&photos.order=created_at.desc&photos.limit=10&photos.comments.order=created_at&photos.comments.limit=5',
    parameters: none,
    sql: `select ${list(
      object({
        id: quoted('u.id'),
        username: json('u.username'),
        display_name: json('u.display_name'),
        photos: `(select ${list(
          object({
            id: 'p.id',
            title: json('p.title'),
            url: json('p.url'),
            created_at: json('p.created_at'),
            comments: `(select ${list(
              object({
                id: 'c.id',
                body: json('c.body'),
                created_at: json('c.created_at'),
                author: profile('c.author_id', { id: quoted('a.id'), username: json('a.username') }),
              }),
            )} from (select * from comments where photo_id = p.id order by created_at limit 5) c)`,
          }),
        )} from (select * from photos where profile_id = u.id order by created_at desc limit 10) p)`,
      }),
    )} from (select * from profiles order by created_at limit 10) u`,
  },
  {
    name: 'R4',
    about: '500 rows',
    path: () =>
      '/photos?select=id,title,description,url,width,height,is_published,created_at&order=created_at.desc&limit=500',
    parameters: none,
    sql: `select ${list(
      object({
        id: 'p.id',
        title: json('p.title'),
        description: json('p.description'),
        url: json('p.url'),
        width: 'p.width',
        height: 'p.height',
        is_published: `case when p.is_published then 'true' else 'false' end`,
        created_at: json('p.created_at'),
      }),
    )} from (select * from photos order by created_at desc limit 500) p`,
  },
  {
    name: 'W1',
    about: 'one insert',
    path: () => '/comments?select=id,body,created_at',
    headers: { prefer: 'return=representation' },
    body: (n, user) =>
      JSON.stringify({ photo_id: 1 + n * 10, author_id: userId(user), body: `a comment of the bench, ${n}` }),
    parameters: (_, body) => {
      const { photo_id, author_id, body: text } = JSON.parse(body) as Record<string, string>
      return [String(photo_id), author_id ?? '', text ?? '']
    },
    free: ['id', 'created_at'],
    sql: `with inserted as (
      insert into comments (photo_id, author_id, body) values ($1::bigint, $2::uuid, $3) returning id, body, created_at
    )
    select ${list(object({ id: 'i.id', body: json('i.body'), created_at: json('i.created_at') }))} from inserted i`,
  },
  {
    name: 'W2',
    about: '1,000 rows at once',
    path: () => '/comments?columns=%22photo_id%22%2C%22author_id%22%2C%22body%22',
    headers: { prefer: 'return=minimal' },
    body: (n, user) =>
      JSON.stringify(
        Array.from({ length: 1000 }, (_, i) => ({
          photo_id: 1 + ((n * 1000 + i) % 200_000),
          author_id: userId(user),
          body: `comment ${i} of a thousand of the bench, ${n}`,
        })),
      ),
    parameters: (_, body) => [body],
    sql: `with inserted as (
      insert into comments (photo_id, author_id, body)
      select photo_id, author_id, body from json_to_recordset($1::json) as r(photo_id bigint, author_id uuid, body text)
      returning 1
    )
    select '' from inserted having count(*) > 0`,
  },
  ...shapes,
]
