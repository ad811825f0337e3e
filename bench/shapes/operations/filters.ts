import { userId } from '../../photo-community/sign-tokens.ts'
import { json, quoted } from '../../photo-community/sql.ts'
import { data, list, profileNumber, shape, username } from './shape.ts'

const newest = (variables: string, filter: string) => (name: string) =>
  `query ${name}${variables} {
  photosCollection(first: 20, orderBy: [{createdAt: DescNullsLast}], filter: ${filter}) {
    edges { node { id title createdAt } }
  }
}`

const photo = { id: quoted('p.id'), title: json('p.title'), createdAt: json('p.created_at') }

const newestSql = (condition: string) =>
  `select ${data({
    photosCollection: list(photo, `(select * from photos where ${condition} order by created_at desc limit 20) p`),
  })}`

const filtered = (name: string, about: string, document: (name: string) => string, condition: string) => ({
  name,
  about,
  document: document(name),
  sql: newestSql(condition),
})

/** Filters by related rows, by full text and by JSON. */
export const filters = [
  shape({
    ...filtered(
      'toOne',
      'filter by a to-one',
      newest('($name: String!)', '{profile: {username: {eq: $name}}}'),
      'profile_id = (select id from profiles where username = $1)',
    ),
    variables: (n) => ({ name: username(n) }),
  }),
  shape({
    ...filtered(
      'some',
      'filter by some',
      newest('($author: UUID!)', '{commentsCollection: {some: {authorId: {eq: $author}}}}'),
      'id in (select photo_id from comments where author_id = $1::uuid)',
    ),
    variables: (n) => ({ author: userId(profileNumber(n)) }),
  }),
  shape({
    ...filtered(
      'none',
      'filter by none',
      newest('($since: Datetime!)', '{commentsCollection: {none: {createdAt: {gte: $since}}}}'),
      'not exists (select from comments c where c.photo_id = photos.id and c.created_at >= $1::timestamptz)',
    ),
    variables: (n) => ({ since: new Date(Date.UTC(2025, 8, 1 + (n % 28))).toISOString() }),
  }),
  shape({
    ...filtered(
      'every',
      'filter by every',
      newest('($until: Datetime!)', '{commentsCollection: {every: {createdAt: {lt: $until}}}}'),
      'not exists (select from comments c where c.photo_id = photos.id and c.created_at >= $1::timestamptz)',
    ),
    variables: (n) => ({ until: new Date(Date.UTC(2025, 8, 1 + (n % 28))).toISOString() }),
  }),
  shape({
    ...filtered(
      'either',
      'either of two relations',
      newest(
        '($name: String!, $author: UUID!)',
        '{or: [{profile: {username: {eq: $name}}}, {commentsCollection: {some: {authorId: {eq: $author}}}}]}',
      ),
      `profile_id = (select id from profiles where username = $1)
        or id in (select photo_id from comments where author_id = $2::uuid)`,
    ),
    variables: (n) => ({ name: username(n), author: userId(profileNumber(n + 1)) }),
  }),
  shape({
    ...filtered(
      'through',
      'filter through a table between',
      newest('($tag: String!)', '{photoTagsCollection: {some: {tag: {name: {eq: $tag}}}}}'),
      'id in (select photo_id from photo_tags where tag_id = (select id from tags where name = $1))',
    ),
    variables: (n) => ({ tag: `tag_${1 + ((n * 37) % 1000)}` }),
  }),
  shape({
    name: 'text',
    about: 'full-text search',
    document: `query text($words: String!) {
  exifCollection(first: 20, filter: {search: {textSearch: {query: $words, config: "english"}}}) {
    edges { node { photoId caption } }
  }
}`,
    variables: (n) => ({ words: `rain place${(n * 4) % 1000}` }),
    sql: `select ${data({
      exifCollection: list(
        { photoId: quoted('e.photo_id'), caption: json('e.caption') },
        `(select * from exif where search @@ websearch_to_tsquery('english', $1) order by photo_id limit 20) e`,
      ),
    })}`,
  }),
  shape({
    name: 'json',
    about: 'by a JSON path',
    document: `query json($camera: JSON!) {
  exifCollection(first: 20, filter: {camera: {contains: $camera}}) { edges { node { photoId caption } } }
}`,
    variables: (n) => ({ camera: JSON.stringify({ lens: { name: `Lens ${n % 500}` } }) }),
    sql: `select ${data({
      exifCollection: list(
        { photoId: quoted('e.photo_id'), caption: json('e.caption') },
        '(select * from exif where camera @> $1::jsonb order by photo_id limit 20) e',
      ),
    })}`,
  }),
  shape({
    name: 'path',
    about: 'by an SQL/JSON path',
    document: `query path($path: String!) {
  exifCollection(first: 20, filter: {camera: {matches: $path}}) { edges { node { photoId caption } } }
}`,
    variables: (n) => ({ path: `$.lens.name ? (@ == "Lens ${n % 500}")` }),
    sql: `select ${data({
      exifCollection: list(
        { photoId: quoted('e.photo_id'), caption: json('e.caption') },
        '(select * from exif where camera @? $1::jsonpath order by photo_id limit 20) e',
      ),
    })}`,
  }),
]
