import type { Search } from './operation.ts'

type Finds = (words: readonly string[]) => boolean

/** Searches, and what each finds among the words of a text. */
const known: readonly (Search & { readonly finds: Finds })[] = [
  { type: 'plain', query: 'a', finds: (words) => words.includes('a') },
  { type: 'plain', query: 'B a', finds: (words) => words.includes('a') && words.includes('b') },
  { type: 'plain', query: '', finds: () => false },
  { type: 'phrase', query: 'a b', finds: (words) => words.some((word, i) => word === 'a' && words[i + 1] === 'b') },
  { type: 'websearch', query: 'a or it', finds: (words) => words.includes('a') || words.includes('it') },
  { type: 'websearch', query: '-a', finds: (words) => !words.includes('a') },
  {
    type: 'websearch',
    query: `"it's" \\ "`,
    finds: (words) => words.some((word, i) => word === 'it' && words[i + 1] === 's'),
  },
  { type: 'raw', query: 'a & !b', finds: (words) => words.includes('a') && !words.includes('b') },
  { type: 'raw', query: 'b:*', finds: (words) => words.some((word) => word.startsWith('b')) },
]

export const searches: readonly Search[] = known.map(({ type, query }) => ({ type, query }))

export function finds({ type, query }: Search, text: string): boolean {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? []
  const search = known.find((one) => one.type === type && one.query === query)
  if (!search) throw new Error(`unknown search ${query}`)
  return search.finds(words)
}

/** Another query of the same kind. */
export function nextSearch({ type, query }: Search): string {
  const alike = known.filter((one) => one.type === type)
  return alike[(alike.findIndex((one) => one.query === query) + 1) % alike.length]?.query ?? query
}
