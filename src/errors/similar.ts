/** Identifiers have no more bytes; a longer name is like none of them, and would take long to compare. */
const longest = 63

/** Larger schemas get no suggestions, as in PostgREST. */
const most = 500

/**
 * The candidate most like a misspelt name, where one is like enough, picked as PostgREST's fuzzy set picks it: of those
 * that share three letters in a row with it (or two, where none does), the fifty that share most; of these the nearest
 * by edit distance.
 *
 * @param least how alike it has to be, from 0 to 1
 */
export function mostSimilar(name: string, candidates: readonly string[], least = 0.75): string | undefined {
  if (name.length > longest || candidates.length > most) return undefined
  const wanted = name.toLowerCase()
  for (const size of [3, 2]) {
    const own = gramsOf(name, size)
    const [best] = candidates
      .map((candidate) => ({ candidate, shared: cosine(own, gramsOf(candidate, size)) }))
      .filter(({ shared }) => shared > 0)
      .toSorted((a, b) => b.shared - a.shared)
      .slice(0, 50)
      .map(({ candidate }) => ({ candidate, score: similarity(wanted, candidate.toLowerCase()) }))
      .toSorted((a, b) => b.score - a.score)
    if (best && best.score >= least) return best.candidate
  }
  return undefined
}

/** 1 for the same text. */
export function similarity(a: string, b: string): number {
  if (a === b) return 1
  return 1 - editDistance(a, b) / Math.max(a.length, b.length, 1)
}

/** How often each run of letters is in a name, its ends marked. */
function gramsOf(name: string, size: number): ReadonlyMap<string, number> {
  const text = `-${name.toLowerCase().replaceAll(/[^\p{L}\p{N}, ]/gu, '')}-`.padEnd(size, '-')
  const counts = new Map<string, number>()
  for (let i = 0; i + size <= text.length; i++) {
    const gram = text.slice(i, i + size)
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

function cosine(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let shared = 0
  for (const [gram, count] of a) shared += count * (b.get(gram) ?? 0)
  return shared / (norm(a) * norm(b))
}

function norm(counts: ReadonlyMap<string, number>): number {
  return Math.hypot(...counts.values())
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}
