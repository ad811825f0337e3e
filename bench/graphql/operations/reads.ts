import { edge, edges, json, object, profile, quoted } from '../../photo-community/sql.ts'
import type { Operation } from './operation.ts'

const none = () => ({})

/** A list of photos, and what else is asked of each. */
const list = (name: string, more: string) => `query ${name} {
  photosCollection(first: 20, orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title url createdAt
      profile { id username displayName }
      commentsCollection { totalCount }${more} } }
    pageInfo { hasNextPage endCursor }
  }
}`

const listSql = (more: Record<string, string>) => `select '{"data":{"photosCollection":' || ${edges(
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
    ...more,
  }),
  ' filter (where p.n <= 20)',
)} || ',"pageInfo":{"hasNextPage":' || case when count(*) > 20 then 'true' else 'false' end
      || ',"endCursor":' || coalesce('"' || translate(encode(convert_to(
        (array_agg(json_build_array(p.created_at, p.id)::text) filter (where p.n = 20))[1], 'UTF8'), 'base64'), E'\\n', '')
      || '"', 'null') || '}}}}'
    from (
      select id, title, url, created_at, profile_id, row_number() over (order by created_at desc, id desc) n
      from photos order by created_at desc, id desc limit 21
    ) p`

export const reads: readonly Operation[] = [
  {
    name: 'Q1',
    about: 'one row by key',
    goals: { LIMIT: 0.9, raw: 0.85, PostGraphile: 3.5 },
    document: `query Q1($id: BigInt!) {
  photosCollection(first: 1, filter: {id: {eq: $id}}) {
    edges { node { id title description url width height createdAt
      profile { id username displayName avatarUrl } } }
  }
}`,
    postgraphile: `query Q1($id: BigInt!) {
  photo: photoByRowId(rowId: $id) { id: rowId title description url width height createdAt
    profile: profileByProfileId { id: rowId username displayName avatarUrl } }
}`,
    // Published ones.
    variables: (n) => ({ id: String(((n * 7919) % 19_999) * 10 + 1 + (n % 9)) }),
    parameters: ({ id }) => [String(id)],
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
    goals: { LIMIT: 0.9, raw: 0.85, PostGraphile: 3.5 },
    document: list('Q2', ''),
    postgraphile: `query Q2 {
  photosCollection: allPhotos(first: 20, orderBy: [CREATED_AT_DESC]) {
    edges { node { id: rowId title url createdAt
      profile: profileByProfileId { id: rowId username displayName }
      commentsCollection: commentsByPhotoId { totalCount } } }
    pageInfo { hasNextPage endCursor }
  }
}`,
    variables: none,
    parameters: () => [],
    free: ['endCursor'],
    sql: listSql({}),
  },
  {
    name: 'Q2c',
    about: 'the same with a field of code',
    goals: { LIMIT: 0.45 },
    document: list('Q2c', ' shareUrl'),
    variables: none,
    parameters: () => [],
    free: ['endCursor'],
    sql: listSql({ shareUrl: `'"https://photos.example.com/' || p.id || '"'` }),
  },
  {
    name: 'Q3',
    about: 'three levels, 119 KB',
    goals: { LIMIT: 0.9, raw: 0.85, PostGraphile: 3.5 },
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
    postgraphile: `query Q3 {
  profilesCollection: allProfiles(first: 10, orderBy: [CREATED_AT_ASC]) {
    edges { node { id: rowId username displayName
      photosCollection: photosByProfileId(first: 10, orderBy: [CREATED_AT_DESC]) {
        edges { node { id: rowId title url createdAt
          commentsCollection: commentsByPhotoId(first: 5, orderBy: [CREATED_AT_ASC]) {
            edges { node { id: rowId body createdAt author: profileByAuthorId { id: rowId username } } }
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
    goals: { LIMIT: 1.3, raw: 0.85, PostGraphile: 3.5 },
    document: `query Q4 {
  photosCollection(first: 500, orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title description url width height isPublished createdAt } }
  }
}`,
    postgraphile: `query Q4 {
  photosCollection: allPhotos(first: 500, orderBy: [CREATED_AT_DESC]) {
    edges { node { id: rowId title description url width height isPublished createdAt } }
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
]
