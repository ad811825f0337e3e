import type { ColumnField } from '../model/index.ts'

/** What another service knows of a row: its type, and the fields of a key. */
type Representation = Readonly<Record<string, unknown>> & { readonly __typename: string }

/** Those that a list of `_Any` holds, which are JSON texts. */
export function representationsIn(values: unknown): readonly Representation[] {
  return [values ?? []].flat().map((text) => JSON.parse(String(text)) as Representation)
}

/** The first of the keys whose fields are all given; there may be other fields besides. */
export function keyOfRepresentation(
  keys: readonly (readonly ColumnField[])[],
  given: readonly string[],
): readonly ColumnField[] | undefined {
  return keys.find((key) => key.every(({ name }) => given.includes(name)))
}

/** Types and fields that representations name; lists that agree in these, and nearly in their size, share a plan. */
interface Likeness {
  readonly kinds: readonly (readonly [typeName: string, fields: readonly string[]])[]
  /** The next power of two. */
  readonly count: number
}

export function likenessOf(values: unknown): Likeness {
  const all = representationsIn(values)
  const kinds = new Map(
    all.map(({ __typename: name, ...fields }) => {
      const given = Object.keys(fields).sort()
      return [JSON.stringify([name, given]), [name, given] as const]
    }),
  )
  const sorted = [...kinds].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, kind]) => kind)
  return { kinds: sorted, count: 2 ** Math.ceil(Math.log2(all.length || 1)) }
}
