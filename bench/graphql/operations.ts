import { createHash } from 'node:crypto'

/** An operation, asked in GraphQL of Portico and as hand-written SQL by the reference. */
export interface Operation {
  readonly name: string
  readonly about: string
  readonly document: string
  /** Those of the n-th request, which a user of {@link userId} `user` makes. */
  variables(n: number, user: number): Readonly<Record<string, string>>
  /** One statement that answers the whole body of the response as one text. */
  readonly sql: string
  parameters(variables: Readonly<Record<string, string>>): readonly string[]
  /** What Portico should reach: the reference's processor time by Portico's. */
  readonly goal: number
}

/** The id of the n-th profile, as rows.sql makes it. */
export function userId(n: number): string {
  const digits = createHash('md5').update(`profile${n}`).digest('hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const none = () => ({})

/** A text or time as JSON; strings are put together rather than `json_build_object`, which costs more than twice. */
export const json = (column: string) => `coalesce(json_scalar(${column})::text, 'null')`

/** An edge with the fields given: names of JSON and expressions of SQL text. */
const edge = (fields: Record<string, string>) => `'{"node":' || ${object(fields)} || '}'`

export const object = (fields: Record<string, string>) =>
  `'{' || ${Object.entries(fields)
    .map(([name, value]) => `'"${name}":' || ${value}`)
    .join(` || ',' || `)} || '}'`

export const quoted = (column: string) => `'"' || ${column} || '"'`

const edges = (each: string, condition = '') =>
  `'{"edges":[' || coalesce(string_agg(${each}, ',')${condition}, '') || ']'`

const profile = (of: string, fields: Record<string, string>) =>
  `coalesce((select ${object(fields)} from profiles a where a.id = ${of}), 'null')`

export const operations: readonly Operation[] = [
  {
    name: 'Q1',
    about: 'one row by key',
    goal: 0.9,
    document: `query Q1($id: BigInt!) {
  photosCollection(first: 1, filter: {id: {eq: $id}}) {
    edges { node { id title description url width height createdAt
      profile { id username displayName avatarUrl } } }
  }
}`,
    // Published ones.
    variables: (n) => ({ id: String(((n * 7919) % 19_999) * 10 + 1 + (n % 9)) }),
    parameters: ({ id = '' }) => [id],
    sql: `select '{"data":{"photosCollection":' || ${edges(
      edge({
        id: quoted('p.id'),
        title: json('p.title'),
        description: json('p.description'),
        url: json('p.url'),
        width: 'p.width',
        height: 'p.height',
        createdAt: json('p.created_at'),
        profile: profile('p.profile_id', {
          id: quoted('a.id'),
          username: json('a.username'),
          displayName: json('a.display_name'),
          avatarUrl: json('a.avatar_url'),
        }),
      }),
    )} || '}}}' from (select * from photos where id = $1::bigint limit 1) p`,
  },
  {
    name: 'Q2',
    about: 'a list of 20 with counts',
    goal: 0.9,
    document: `query Q2 {
  photosCollection(first: 20, orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title url createdAt
      profile { id username displayName }
      commentsCollection { totalCount } } }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: none,
    parameters: () => [],
    sql: `select '{"data":{"photosCollection":' || ${edges(
      edge({
        id: quoted('p.id'),
        title: json('p.title'),
        url: json('p.url'),
        createdAt: json('p.created_at'),
        profile: profile('p.profile_id', {
          id: quoted('a.id'),
          username: json('a.username'),
          displayName: json('a.display_name'),
        }),
        commentsCollection: object({ totalCount: '(select count(*) from comments c where c.photo_id = p.id)' }),
      }),
      ' filter (where p.n <= 20)',
    )} || ',"pageInfo":{"hasNextPage":' || case when count(*) > 20 then 'true' else 'false' end
      || ',"endCursor":' || coalesce('"' || translate(encode(convert_to(
        (array_agg(json_build_array(p.created_at, p.id)::text) filter (where p.n = 20))[1], 'UTF8'), 'base64'), E'\\n', '')
      || '"', 'null') || '}}}}'
    from (
      select id, title, url, created_at, profile_id, row_number() over (order by created_at desc, id desc) n
      from photos order by created_at desc, id desc limit 21
    ) p`,
  },
  {
    name: 'Q3',
    about: 'three levels, 119 KB',
    goal: 0.9,
    document: `query Q3 {
  profilesCollection(first: 10, orderBy: [{createdAt: AscNullsLast}]) {
    edges { node { id username displayName
      photosCollection(first: 10, orderBy: [{createdAt: DescNullsLast}]) {
        edges { node { id title url createdAt
          commentsCollection(first: 5, orderBy: [{createdAt: AscNullsLast}]) {
            edges { node { id body createdAt author { id username } } }
          } } }
      } } }
  }
}`,
    variables: none,
    parameters: () => [],
    sql: `select '{"data":{"profilesCollection":' || ${edges(
      edge({
        id: quoted('u.id'),
        username: json('u.username'),
        displayName: json('u.display_name'),
        photosCollection: `ph.json || '}'`,
      }),
    )} || '}}}'
    from (select * from profiles order by created_at, id limit 10) u
    cross join lateral (
      select ${edges(
        edge({
          id: quoted('p.id'),
          title: json('p.title'),
          url: json('p.url'),
          createdAt: json('p.created_at'),
          commentsCollection: `cm.json || '}'`,
        }),
      )} as json
      from (select * from photos where profile_id = u.id order by created_at desc, id desc limit 10) p
      cross join lateral (
        select ${edges(
          edge({
            id: quoted('c.id'),
            body: json('c.body'),
            createdAt: json('c.created_at'),
            author: profile('c.author_id', { id: quoted('a.id'), username: json('a.username') }),
          }),
        )} as json
        from (select * from comments where photo_id = p.id order by created_at, id limit 5) c
      ) cm
    ) ph`,
  },
  {
    name: 'Q4',
    about: '500 rows, 159 KB',
    goal: 1.3,
    document: `query Q4 {
  photosCollection(first: 500, orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title description url width height isPublished createdAt } }
  }
}`,
    variables: none,
    parameters: () => [],
    sql: `select '{"data":{"photosCollection":' || ${edges(
      edge({
        id: quoted('p.id'),
        title: json('p.title'),
        description: json('p.description'),
        url: json('p.url'),
        width: 'p.width',
        height: 'p.height',
        isPublished: `case when p.is_published then 'true' else 'false' end`,
        createdAt: json('p.created_at'),
      }),
    )} || '}}}' from (select * from photos order by created_at desc, id desc limit 500) p`,
  },
  {
    name: 'M1',
    about: 'one insert',
    goal: 0.8,
    document: `mutation M1($photoId: BigInt!, $authorId: UUID!, $body: String!) {
  insertIntoCommentsCollection(objects: [{photoId: $photoId, authorId: $authorId, body: $body}]) {
    affectedCount
    records { id body createdAt }
  }
}`,
    variables: (n, user) => ({
      photoId: String(1 + n * 10),
      authorId: userId(user),
      body: `a comment of the bench, ${n}`,
    }),
    parameters: ({ photoId = '', authorId = '', body = '' }) => [photoId, authorId, body],
    sql: `with inserted as (
      insert into comments (photo_id, author_id, body) values ($1::bigint, $2::uuid, $3) returning id, body, created_at
    )
    select '{"data":{"insertIntoCommentsCollection":{"affectedCount":' || count(*) || ',"records":[' || string_agg(${object(
      { id: quoted('i.id'), body: json('i.body'), createdAt: json('i.created_at') },
    )}, ',') || ']}}}' from inserted i`,
  },
]
