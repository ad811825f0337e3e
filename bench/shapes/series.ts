import { own } from '../graphql/challenge-of.ts'
import { json, object, quoted } from '../photo-community/sql.ts'
import { type Contender, measureInTurn, startLoader } from '../side-by-side/index.ts'
import { printTable, type ServedProject } from '../support/index.ts'
import { data, list, shape, username } from './operations/shape.ts'

/** So many levels: each a comment of a photo, and its photo. */
function nested(depth: number): string {
  return depth === 0
    ? ''
    : ` commentsCollection(first: 1, orderBy: [{createdAt: AscNullsLast}]) { edges { node { id photo { id${nested(depth - 1)} } } } }`
}

function nestedSql(depth: number, of: string): Record<string, string> {
  if (depth === 0) return {}
  const [comment, photo] = [`c${depth}`, `p${depth}`]
  const found = object({ id: quoted(`${photo}.id`), ...nestedSql(depth - 1, photo) })
  return {
    commentsCollection: list(
      {
        id: quoted(`${comment}.id`),
        photo: `coalesce((select ${found} from photos ${photo} where ${photo}.id = ${comment}.photo_id), 'null')`,
      },
      `(select * from comments where photo_id = ${of}.id order by created_at limit 1) ${comment}`,
    ),
  }
}

const rows = [10, 100, 1000, 10_000].map((size) => ({
  size,
  ...shape({
    name: `rows${size}`,
    about: '',
    document: `query rows${size} { exifCollection(first: ${size}) { edges { node { photoId camera caption } } } }`,
    sql: `select ${data({
      exifCollection: list(
        { photoId: quoted('e.photo_id'), camera: json('e.camera::text'), caption: json('e.caption') },
        `(select * from exif order by photo_id limit ${size}) e`,
      ),
    })}`,
  }),
}))

const levels = [1, 2, 3, 4, 5, 6].map((size) => ({
  size,
  ...shape({
    name: `levels${size}`,
    about: '',
    document: `query levels${size}($name: String!) {
  photosCollection(first: 1, filter: {profile: {username: {eq: $name}}}) { edges { node { id${nested(size)} } } }
}`,
    variables: (n) => ({ name: username(n) }),
    sql: `select ${data({
      photosCollection: list(
        { id: quoted('p.id'), ...nestedSql(size, 'p') },
        `(select * from photos where profile_id = (select id from profiles where username = $1) order by id limit 1) p`,
      ),
    })}`,
  }),
}))

/** Operations that differ in one quantity. */
export const series = [
  { name: 'rows', steps: rows },
  { name: 'levels', steps: levels },
] as const

/** One more of the largest may cost so much more than of those before it. */
const most = 1.5

/** Prints what one more costs, and says whether it stays the same however many there are. */
export async function measureSeries(
  asked: readonly (typeof series)[number][],
  community: ServedProject,
  limit: Contender,
  tokens: readonly string[],
  amount: Parameters<typeof measureInTurn>[3],
): Promise<boolean> {
  const loader = startLoader()
  let linear = true
  try {
    for (const { name, steps } of asked) {
      const entrants = [own(community), limit].flatMap((contender) =>
        steps.map(({ document: query, variables }) => ({
          contender,
          requests: tokens.map((authorization, n) => ({
            authorization,
            body: JSON.stringify({ query, variables: variables(n, n + 1) }),
          })),
        })),
      )
      const costs = await measureInTurn(entrants, loader, community.postgres, amount)
      const totals = costs.map(({ node, postgres }) => node + postgres)
      const [portico, others] = [totals.slice(0, steps.length), totals.slice(steps.length)]
      const oneMore = (of: readonly number[], from: number, to: number) =>
        ((of[to] ?? 0) - (of[from] ?? 0)) / ((steps[to]?.size ?? 0) - (steps[from]?.size ?? 0))
      const last = steps.length - 1
      linear &&= oneMore(portico, last - 1, last) <= most * oneMore(portico, 0, last - 1)
      const cells = steps.map(({ size }, i) => {
        const mores = [portico, others].map((of) => (i > 0 ? oneMore(of, i - 1, i).toFixed(1) : ''))
        const [ours = 0, theirs = 0] = [portico[i], others[i]]
        return [
          String(size),
          ours.toFixed(0),
          mores[0] ?? '',
          theirs.toFixed(0),
          mores[1] ?? '',
          (theirs / ours).toFixed(2),
        ]
      })
      printTable([name, 'Portico, µs', 'one more', 'LIMIT, µs', 'one more', "of Portico's"], cells)
    }
  } finally {
    loader.kill()
  }
  return linear
}
