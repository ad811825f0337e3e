/**
 * The candidate most like a misspelt name, where one is like enough: by the pairs of letters they share, weighed as
 * PostgREST's suggestions are (cosine similarity of bigram and trigram counts, case and punctuation aside).
 */
export function mostSimilar(name: string, candidates: readonly string[], least = 0.75): string | undefined {
  const wanted = normal(name)
  let best: { candidate: string; score: number } | undefined
  for (const candidate of candidates.slice(0, 500)) {
    const score = similarity(wanted, normal(candidate))
    if (score >= least && score > (best?.score ?? 0)) best = { candidate, score }
  }
  return best?.candidate
}

/** 1 for names that differ in case and punctuation only. */
export function similarity(a: string, b: string): number {
  if (a === b) return 1
  const distance = editDistance(a, b)
  return 1 - distance / Math.max(a.length, b.length, 1)
}

function normal(name: string): string {
  return name.toLowerCase().replaceAll(/[^\p{L}\p{N}_, ()]/gu, '')
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
