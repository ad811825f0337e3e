import { own } from '../graphql/challenge-of.ts'
import { measureInTurn, startLoader } from '../side-by-side/index.ts'
import { printTable, type ServedProject } from '../support/index.ts'
import { username } from './operations/shape.ts'

/** Operations that differ in one quantity, and by what cost is to grow. */
interface Series {
  readonly name: string
  readonly steps: readonly { readonly size: number; readonly query: string }[]
}

const levels = [
  ['commentsCollection(first: 1, orderBy: [{createdAt: AscNullsLast}]) { edges { node { id', '} } }'],
  ['author { username', '}'],
  ['photosCollection(first: 1, orderBy: [{createdAt: DescNullsLast}]) { edges { node { id', '} } }'],
] as const

/** So many levels of one row each. */
function nested(depth: number, level = 2): string {
  if (depth === 0) return ''
  const [open, close] = levels[level % levels.length] ?? ['', '']
  return ` ${open}${nested(depth - 1, level + 1)} ${close}`
}

export const series: readonly Series[] = [
  {
    name: 'rows',
    steps: [10, 100, 1000, 10_000].map((size) => ({
      size,
      query: `query rows${size} { exifCollection(first: ${size}) { edges { node { photoId camera caption } } } }`,
    })),
  },
  {
    name: 'levels',
    steps: [1, 2, 3, 4, 5, 6].map((size) => ({
      size,
      query: `query levels${size}($name: String!) {
  profilesCollection(filter: {username: {eq: $name}}) { edges { node { username${nested(size - 1)} } } }
}`,
    })),
  },
]

/** A row or level of the largest may cost so much more than the cheapest one of the steps before it. */
const most = 1.25

/** Prints what one row and one level more cost, and says whether it stays the same however many there are. */
export async function measureSeries(
  asked: readonly Series[],
  community: ServedProject,
  tokens: readonly string[],
  amount: Parameters<typeof measureInTurn>[3],
): Promise<boolean> {
  const loader = startLoader()
  let linear = true
  try {
    for (const { name, steps } of asked) {
      const entrants = steps.map(({ query }) => ({
        contender: own(community),
        requests: tokens.map((authorization, n) => ({
          authorization,
          body: JSON.stringify({ query, variables: { name: username(n) } }),
        })),
      }))
      const costs = await measureInTurn(entrants, loader, community.postgres, amount)
      const totals = costs.map(({ node, postgres }) => node + postgres)
      let least = Number.POSITIVE_INFINITY
      const rows = steps.map(({ size }, i) => {
        const [before, total = 0] = [steps[i - 1], totals[i]]
        const more = before ? (total - (totals[i - 1] ?? 0)) / (size - before.size) : undefined
        const isLinear = more === undefined || more <= most * least
        linear &&= isLinear
        least = Math.min(least, more ?? least)
        return [String(size), total.toFixed(0), more?.toFixed(1) ?? '', isLinear ? '' : 'MORE THAN LINEAR']
      })
      printTable([name, 'node + pg µs', 'for one more', ''], rows)
    }
  } finally {
    loader.kill()
  }
  return linear
}
