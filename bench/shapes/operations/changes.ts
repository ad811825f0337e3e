import { userId } from '../../photo-community/sign-tokens.ts'
import { json, object, quoted } from '../../photo-community/sql.ts'
import { data, shape } from './shape.ts'

const item = { place: 'i.place', photoId: quoted('i.photo_id'), note: json('i.note') }
const album = { id: quoted('a.id'), title: json('a.title') }
const changed = (fields: Record<string, string>) =>
  object({ affectedCount: 'count(*)', records: `'[' || coalesce(string_agg(${object(fields)}, ','), '') || ']'` })

/** Changes that answer what they changed. */
export const changes = [
  shape({
    name: 'update',
    about: 'update 20 rows by a filter',
    document: `mutation update($album: BigInt!, $note: String!) {
  updateAlbumItemsCollection(set: {note: $note}, filter: {albumId: {eq: $album}}, atMost: 20) {
    affectedCount records { place photoId note }
  }
}`,
    variables: (n, user) => ({ album: String(2 * user), note: `a note, ${n}` }),
    sql: `with i as (update album_items set note = $2 where album_id = $1::bigint returning place, photo_id, note)
      select ${data({ updateAlbumItemsCollection: changed(item) })} from i`,
  }),
  shape({
    name: 'upsert',
    about: 'upsert',
    document: `mutation upsert($owner: UUID!, $title: String!) {
  insertIntoAlbumsCollection(
    objects: [{ownerId: $owner, slug: "album-1", title: $title}]
    onConflict: {constraint: albums_owner_id_slug_key, updateColumns: [title]}
  ) { affectedCount records { id title } }
}`,
    variables: (n, user) => ({ owner: userId(user), title: `an album, ${n}` }),
    sql: `with a as (
        insert into albums (owner_id, slug, title) values ($1::uuid, 'album-1', $2)
        on conflict (owner_id, slug) do update set title = excluded.title returning id, title)
      select ${data({ insertIntoAlbumsCollection: changed(album) })} from a`,
  }),
  shape({
    name: 'nested',
    about: 'insert a row with ten children',
    document: `mutation nested($owner: UUID!, $title: String!, $items: [AlbumItemsInsertInput!]!) {
  insertIntoAlbumsCollection(objects: [{ownerId: $owner, title: $title, albumItemsCollection: {create: $items}}]) {
    affectedCount records { id title }
  }
}`,
    free: ['id'],
    variables: (n, user) => ({
      owner: userId(user),
      title: `a new album, ${n}`,
      items: Array.from({ length: 10 }, (_, place) => ({
        place,
        ownerId: userId(user),
        photoId: String(1 + ((n * 10 + place) % 200_000)),
      })),
    }),
    parameters: ({ owner, title, items }) => [String(owner), String(title), JSON.stringify(items)],
    sql: `with a as (insert into albums (owner_id, title) values ($1::uuid, $2) returning id, title),
      items as (
        insert into album_items (album_id, place, owner_id, photo_id)
        select a.id, i.place, i."ownerId", i."photoId"
        from a, json_to_recordset($3::json) as i(place int, "ownerId" uuid, "photoId" bigint))
      select ${data({ insertIntoAlbumsCollection: changed(album) })} from a`,
  }),
  shape({
    name: 'delete',
    about: 'delete five rows',
    document: `mutation delete($album: BigInt!) {
  deleteFromAlbumItemsCollection(filter: {albumId: {eq: $album}, place: {lte: 5}}, atMost: 5) {
    affectedCount records { place photoId note }
  }
}`,
    variables: (_, user) => ({ album: String(2 * user + 1) }),
    sql: `with i as (delete from album_items where album_id = $1::bigint and place <= 5 returning place, photo_id, note)
      select ${data({ deleteFromAlbumItemsCollection: changed(item) })} from i`,
  }),
]
