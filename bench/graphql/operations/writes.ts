import { userId } from '../../photo-community/sign-tokens.ts'
import { json, object, quoted } from '../../photo-community/sql.ts'
import type { Operation } from './operation.ts'

export const writes: readonly Operation[] = [
  {
    name: 'M1',
    about: 'one insert',
    goals: { LIMIT: 0.8, PostGraphile: 3.5 },
    document: `mutation M1($photoId: BigInt!, $authorId: UUID!, $body: String!) {
  insertIntoCommentsCollection(objects: [{photoId: $photoId, authorId: $authorId, body: $body}]) {
    affectedCount
    records { id body createdAt }
  }
}`,
    postgraphile: `mutation M1($photoId: BigInt!, $authorId: UUID!, $body: String!) {
  createComment(input: {comment: {photoId: $photoId, authorId: $authorId, body: $body}}) {
    comment { id: rowId body createdAt }
  }
}`,
    free: ['id', 'createdAt', 'affectedCount'],
    variables: (n, user) => ({
      photoId: String(1 + n * 10),
      authorId: userId(user),
      body: `a comment of the bench, ${n}`,
    }),
    parameters: ({ photoId, authorId, body }) => [String(photoId), String(authorId), String(body)],
    sql: `with inserted as (
      insert into comments (photo_id, author_id, body) values ($1::bigint, $2::uuid, $3) returning id, body, created_at
    )
    select '{"data":{"insertIntoCommentsCollection":{"affectedCount":' || count(*) || ',"records":[' || string_agg(${object(
      { id: quoted('i.id'), body: json('i.body'), createdAt: json('i.created_at') },
    )}, ',') || ']}}}' from inserted i`,
  },
  {
    name: 'M2',
    about: '1,000 rows at once',
    goals: { LIMIT: 0.8 },
    document: `mutation M2($rows: [CommentsInsertInput!]!) {
  insertIntoCommentsCollection(objects: $rows) { affectedCount }
}`,
    requests: 50,
    variables: (n, user) => ({
      rows: Array.from({ length: 1000 }, (_, i) => ({
        photoId: String(1 + ((n * 1000 + i) % 200_000)),
        authorId: userId(user),
        body: `comment ${i} of a thousand of the bench, ${n}`,
      })),
    }),
    parameters: ({ rows }) => [JSON.stringify(rows)],
    sql: `with inserted as (
      insert into comments (photo_id, author_id, body)
      select "photoId", "authorId", body
      from json_to_recordset($1::json) as r("photoId" bigint, "authorId" uuid, body text)
      returning 1
    )
    select '{"data":{"insertIntoCommentsCollection":{"affectedCount":' || count(*) || '}}}' from inserted`,
  },
]
