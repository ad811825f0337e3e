import { json, object, profile, quoted } from '../../photo-community/sql.ts'
import { data, list, shape } from './shape.ts'

const photo = { id: quoted('p.id'), title: json('p.title'), createdAt: json('p.created_at') }
const photos = (from: string, more = '') => `select ${data({ photosCollection: list(photo, from, more) })}`

/** When rows.sql has the n-th photo made, to the microsecond. */
function createdAt(photo: number): string {
  const micros = BigInt(photo) * 600_123_456n
  const seconds = new Date(Date.UTC(2022, 0, 1) + Number(micros / 1_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}+00:00`
}

/** Far in, and a published photo. */
const far = (n: number) => 10_001 + ((n * 7919) % 18_000) * 10

/** A cursor far in, and what hand-written SQL is given in its place. */
const placed = (name: string) => ({
  variables: (n: number) => ({ [name]: Buffer.from(JSON.stringify([createdAt(far(n)), far(n)])).toString('base64') }),
  parameters: (variables: Readonly<Record<string, unknown>>) =>
    JSON.parse(Buffer.from(String(variables[name]), 'base64').toString()).map(String),
})

/** Orders and pages. */
export const pages = [
  shape({
    name: 'orderOne',
    about: 'order by a column of a to-one',
    document: `query orderOne {
  photosCollection(first: 20, orderBy: [{profile: {username: AscNullsLast}}, {createdAt: DescNullsLast}]) {
    edges { node { id title createdAt profile { username } } }
  }
}`,
    sql: `select ${data({
      photosCollection: list(
        { ...photo, profile: object({ username: json('p.username') }) },
        `(select p.*, a.username from photos p join profiles a on a.id = p.profile_id
          order by a.username, p.created_at desc limit 20) p`,
      ),
    })}`,
  }),
  shape({
    name: 'orderCount',
    about: "order by a to-many's count",
    document: `query orderCount {
  profilesCollection(first: 20, orderBy: [{photosCollection: {count: DescNullsLast}}, {username: AscNullsLast}]) {
    edges { node { username photosCollection { totalCount } } }
  }
}`,
    sql: `select ${data({
      profilesCollection: list(
        { username: json('a.username'), photosCollection: object({ totalCount: 'a.count' }) },
        `(select a.username, coalesce(c.count, 0) as count from profiles a
          left join (select profile_id, count(*) from photos group by profile_id) c on c.profile_id = a.id
          order by 2 desc, 1 limit 20) a`,
      ),
    })}`,
  }),
  shape({
    name: 'distinct',
    about: 'distinctOn in its own order',
    document: `query distinct {
  photosCollection(first: 20, distinctOn: [profileId], orderBy: [{profileId: AscNullsLast}, {createdAt: DescNullsLast}]) {
    edges { node { id title createdAt } }
  }
}`,
    sql: photos('(select distinct on (profile_id) * from photos order by profile_id, created_at desc limit 20) p'),
  }),
  shape({
    name: 'distinctNew',
    about: 'distinctOn in another order',
    document: `query distinctNew {
  photosCollection(first: 20, distinctOn: [profileId], orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title createdAt } }
  }
}`,
    sql: photos(
      `(select * from (select distinct on (profile_id) id, title, created_at from photos order by profile_id, created_at desc) p
        order by created_at desc limit 20) p`,
    ),
  }),
  shape({
    name: 'after',
    about: 'a page far in, by its cursor',
    document: `query after($after: Cursor!) {
  photosCollection(first: 20, after: $after, orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title createdAt } }
    pageInfo { hasNextPage hasPreviousPage }
  }
}`,
    ...placed('after'),
    sql: photos(
      `(select *, row_number() over () as n from (select * from photos
          where created_at <= $1::timestamptz and (created_at < $1::timestamptz or id > $2::bigint)
          order by created_at desc limit 21) p) p where n <= 20`,
      ` || ',"pageInfo":{"hasNextPage":' || case when count(*) = 20 then 'true' else 'false' end
        || ',"hasPreviousPage":' || case when exists (select from photos where created_at >= $1::timestamptz)
          then 'true' else 'false' end || '}'`,
    ),
  }),
  shape({
    name: 'before',
    about: 'the page before a cursor far in',
    document: `query before($before: Cursor!) {
  photosCollection(last: 20, before: $before, orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title createdAt } }
    pageInfo { hasPreviousPage }
  }
}`,
    ...placed('before'),
    sql: `with page as (select *, row_number() over (order by created_at, id desc) as n from photos
        where created_at >= $1::timestamptz and (created_at > $1::timestamptz or id < $2::bigint)
        order by created_at, id desc limit 21)
      ${photos(
        '(select * from page where n <= 20 order by n desc) p',
        ` || ',"pageInfo":{"hasPreviousPage":' || case when (select count(*) from page) > 20 then 'true' else 'false' end || '}'`,
      )}`,
  }),
  shape({
    name: 'offset',
    about: 'a page by its offset',
    document: `query offset($offset: Int!) {
  photosCollection(first: 20, offset: $offset, orderBy: [{createdAt: DescNullsLast}]) {
    edges { node { id title createdAt } }
  }
}`,
    variables: (n) => ({ offset: 20 * n }),
    sql: photos('(select * from photos order by created_at desc limit 20 offset $1::int) p'),
  }),
  shape({
    name: 'total',
    about: 'totalCount of a filter',
    document: `query total($from: Datetime!, $to: Datetime!) {
  photosCollection(first: 20, orderBy: [{createdAt: DescNullsLast}], filter: {createdAt: {gte: $from, lt: $to}}) {
    totalCount
    edges { node { id title createdAt profile { username } } }
  }
}`,
    variables: (n) => ({
      from: new Date(Date.UTC(2023, 0, 1 + n)).toISOString(),
      to: new Date(Date.UTC(2023, 0, 8 + n)).toISOString(),
    }),
    sql: `select ${data({
      photosCollection: `(select '{"totalCount":' || (select count(*) from photos
          where created_at >= $1::timestamptz and created_at < $2::timestamptz) || ',' || substr(${list(
            { ...photo, profile: profile('p.profile_id', { username: json('a.username') }) },
            `(select * from photos where created_at >= $1::timestamptz and created_at < $2::timestamptz
              order by created_at desc limit 20) p`,
          )}, 2))`,
    })}`,
  }),
]
