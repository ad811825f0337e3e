import { userId } from '../../photo-community/sign-tokens.ts'
import { json, object, profile, quoted } from '../../photo-community/sql.ts'
import { data, list, profileNumber, shape, username } from './shape.ts'

const photo = { id: quoted('p.id'), title: json('p.title') }
const published = (n: number) => ((n * 7919) % 19_999) * 10 + 1 + (n % 9)
const widths = Array.from({ length: 10 }, (_, i) => 1000 + 250 * i)
const bool = (column: string) => `case when ${column} then 'true' else 'false' end`

/** What is selected: deep, wide, many times, by functions. */
export const selections = [
  shape({
    name: 'deep',
    about: 'five levels',
    document: `query deep($name: String!) {
  profilesCollection(filter: {username: {eq: $name}}) { edges { node { username
    photosCollection(first: 3, orderBy: [{createdAt: DescNullsLast}]) { edges { node { id title
      commentsCollection(first: 3, orderBy: [{createdAt: AscNullsLast}]) { edges { node { id
        author { username
          photosCollection(first: 3, orderBy: [{createdAt: DescNullsLast}]) { edges { node { id title } } }
        } } } }
    } } }
  } } }
}`,
    variables: (n) => ({ name: username(n) }),
    sql: `select ${data({
      profilesCollection: list(
        {
          username: json('u.username'),
          photosCollection: list(
            {
              ...photo,
              commentsCollection: list(
                {
                  id: quoted('c.id'),
                  author: profile('c.author_id', {
                    username: json('a.username'),
                    photosCollection: list(
                      { id: quoted('q.id'), title: json('q.title') },
                      '(select * from photos where profile_id = a.id order by created_at desc limit 3) q',
                    ),
                  }),
                },
                '(select * from comments where photo_id = p.id order by created_at limit 3) c',
              ),
            },
            '(select * from photos where profile_id = u.id order by created_at desc limit 3) p',
          ),
        },
        '(select * from profiles where username = $1) u',
      ),
    })}`,
  }),
  shape({
    name: 'aliases',
    about: 'a relation ten times',
    document: `query aliases($name: String!) {
  profilesCollection(filter: {username: {eq: $name}}) { edges { node { username
    ${widths
      .map(
        (
          width,
        ) => `from${width}: photosCollection(first: 2, orderBy: [{createdAt: DescNullsLast}], filter: {width: {gte: ${width}}}) {
      edges { node { id title } } }`,
      )
      .join('\n    ')}
  } } }
}`,
    variables: (n) => ({ name: username(n) }),
    sql: `select ${data({
      profilesCollection: list(
        {
          username: json('u.username'),
          ...Object.fromEntries(
            widths.map((width) => [
              `from${width}`,
              list(
                photo,
                `(select * from photos where profile_id = u.id and width >= ${width} order by created_at desc limit 2) p`,
              ),
            ]),
          ),
        },
        '(select * from profiles where username = $1) u',
      ),
    })}`,
  }),
  shape({
    name: 'wide',
    about: 'all columns of two tables',
    document: `query wide($id: BigInt!) {
  photosByPk(id: $id) {
    nodeId id profileId title description url width height isPublished createdAt
    profile { nodeId id username displayName bio avatarUrl createdAt }
    exif { nodeId photoId camera caption }
  }
}`,
    variables: (n) => ({ id: String(published(n)) }),
    sql: (() => {
      const nodeId = (table: string, key: string) =>
        `'"' || translate(encode(convert_to(jsonb_build_array('public', '${table}', ${key})::text, 'utf8'), 'base64'), E'\\n', '') || '"'`
      return `select ${data({
        photosByPk: `coalesce((select ${object({
          nodeId: nodeId('photos', 'p.id'),
          id: quoted('p.id'),
          profileId: quoted('p.profile_id'),
          title: json('p.title'),
          description: json('p.description'),
          url: json('p.url'),
          width: 'p.width',
          height: 'p.height',
          isPublished: bool('p.is_published'),
          createdAt: json('p.created_at'),
          profile: profile('p.profile_id', {
            nodeId: nodeId('profiles', 'a.id'),
            id: quoted('a.id'),
            username: json('a.username'),
            displayName: json('a.display_name'),
            bio: json('a.bio'),
            avatarUrl: json('a.avatar_url'),
            createdAt: json('a.created_at'),
          }),
          exif: `coalesce((select ${object({
            nodeId: nodeId('exif', 'e.photo_id'),
            photoId: quoted('e.photo_id'),
            camera: json('e.camera::text'),
            caption: json('e.caption'),
          })} from exif e where e.photo_id = p.id), 'null')`,
        })} from photos p where p.id = $1::bigint), 'null')`,
      })}`
    })(),
  }),
  shape({
    name: 'node',
    about: 'by nodeId',
    document: `query node($nodeId: ID!) {
  node(nodeId: $nodeId) { nodeId ... on Photos { id title profile { username } } }
}`,
    variables: (n) => ({
      nodeId: Buffer.from(`["public", "photos", ${published(n)}]`).toString('base64'),
    }),
    parameters: ({ nodeId }) => [JSON.parse(Buffer.from(String(nodeId), 'base64').toString())[2]].map(String),
    sql: `select ${data({
      node: `coalesce((select ${object({
        nodeId: `'"' || translate(encode(convert_to(jsonb_build_array('public', 'photos', p.id)::text, 'utf8'), 'base64'), E'\\n', '') || '"'`,
        ...photo,
        profile: profile('p.profile_id', { username: json('a.username') }),
      })} from photos p where p.id = $1::bigint), 'null')`,
    })}`,
  }),
  shape({
    name: 'roots',
    about: 'four root fields',
    document: `query roots($name: String!, $id: BigInt!, $author: UUID!) {
  profilesCollection(filter: {username: {eq: $name}}) { edges { node { id username } } }
  photosByPk(id: $id) { id title }
  commentsCollection(first: 10, filter: {authorId: {eq: $author}}, orderBy: [{id: AscNullsLast}]) { edges { node { id } } }
  tagsCollection(first: 10, orderBy: [{name: AscNullsLast}]) { edges { node { name } } }
}`,
    variables: (n) => ({ name: username(n), id: String(published(n)), author: userId(profileNumber(n)) }),
    sql: `select ${data({
      profilesCollection: list(
        { id: quoted('u.id'), username: json('u.username') },
        '(select * from profiles where username = $1) u',
      ),
      photosByPk: `coalesce((select ${object(photo)} from photos p where p.id = $2::bigint), 'null')`,
      commentsCollection: list(
        { id: quoted('c.id') },
        '(select * from comments where author_id = $3::uuid order by id limit 10) c',
      ),
      tagsCollection: list({ name: json('t.name') }, '(select * from tags order by name limit 10) t'),
    })}`,
  }),
  shape({
    name: 'computed',
    about: 'a field by a function',
    document: `query computed {
  photosCollection(first: 20, orderBy: [{createdAt: DescNullsLast}]) { edges { node { id headline } } }
}`,
    sql: `select ${data({
      photosCollection: list(
        { id: quoted('p.id'), headline: json('p.headline') },
        '(select id, headline(photos) from photos order by created_at desc limit 20) p',
      ),
    })}`,
  }),
  shape({
    name: 'function',
    about: 'rows that a function answers',
    document: `query function($tag: String!) {
  photosByTag(tag: $tag, first: 20, orderBy: [{createdAt: DescNullsLast}]) { edges { node { id title } } }
}`,
    variables: (n) => ({ tag: `tag_${1 + ((n * 37) % 1000)}` }),
    sql: `select ${data({
      photosByTag: list(photo, '(select * from photos_by_tag($1) order by created_at desc limit 20) p'),
    })}`,
  }),
]
