import fc from 'fast-check'

/** A selection as data, from which its text is written and what it answers is worked out. */
export type Selection = readonly Item[]

type Item =
  | { readonly kind: 'field'; readonly name: string; readonly plus?: number; readonly of?: Selection }
  | { readonly kind: 'fragment'; readonly named: boolean; readonly when: When; readonly of: Selection }

/** `$yes` is true, `$no` is not. */
type When = '' | '@include(if: $yes)' | '@include(if: $no)' | '@skip(if: $no)' | '@skip(if: $yes)'
type TypeName = 'Author' | 'Article' | 'Loud'
type Row = Readonly<Record<string, unknown>>

interface Field {
  /** The type of what it answers, where that has fields. */
  readonly of?: TypeName
  readonly takes?: 'plus'
  /** What it answers of a row; an `Error` where it fails. */
  answer(row: Row, plus: number): unknown
}

export const people: readonly Row[] = [
  { id: 1, name: 'Ada' },
  { id: 2, name: 'Bo' },
]
const articles: readonly Row[] = [
  { id: 1, title: 'One', author: 1, editor: 1 },
  { id: 2, title: 'Two', author: 2, editor: 2 },
  { id: 3, title: 'Three', author: 1, editor: null },
]
const person = (id: unknown) => people.find((one) => one.id === id) ?? null
const shout = (text: unknown) => String(text).toUpperCase()

const types: Readonly<Record<TypeName, Readonly<Record<string, Field>>>> = {
  Author: {
    id: { answer: ({ id }) => id },
    name: { answer: ({ name }) => name },
    size: { takes: 'plus', answer: ({ name }, plus) => String(name).length + plus },
    fails: { answer: ({ name }) => (name === 'Bo' ? new Error('not Bo') : name) },
    loud: { of: 'Loud', answer: (row) => row },
    both: { of: 'Loud', answer: (row) => [row, row] },
    articleCollection: { of: 'Article', answer: ({ id }) => articles.filter(({ author }) => author === id) },
  },
  Article: {
    id: { answer: ({ id }) => id },
    title: { answer: ({ title }) => title },
    upper: { answer: ({ title }) => shout(title) },
    author: { of: 'Author', answer: ({ author }) => person(author) },
    editor: { of: 'Author', answer: ({ editor }) => person(editor) },
  },
  Loud: {
    text: { answer: ({ name }) => shout(name) },
    letters: { answer: ({ name }) => [...String(name)].slice(0, 2) },
  },
}

export function selections(type: TypeName, depth: number): fc.Arbitrary<Selection> {
  const fields = Object.entries(types[type]).filter(([, { of }]) => depth > 0 || of === undefined)
  const field = fc.constantFrom(...fields).chain(([name, { of, takes }]): fc.Arbitrary<Item> => {
    if (of) return selections(of, depth - 1).map((inner) => ({ kind: 'field', name, of: inner }))
    if (!takes) return fc.constant({ kind: 'field', name })
    return fc.integer({ min: 0, max: 1 }).map((plus) => ({ kind: 'field', name, plus }))
  })
  const typename = fc.constant<Item>({ kind: 'field', name: '__typename' })
  const own = fc.oneof({ weight: 6, arbitrary: field }, { weight: 1, arbitrary: typename })
  if (depth === 0) return fc.array(own, { minLength: 1, maxLength: 3 })
  const fragment = fc.record({
    kind: fc.constant('fragment' as const),
    named: fc.boolean(),
    when: fc.constantFrom<When>('', '@include(if: $yes)', '@include(if: $no)', '@skip(if: $no)', '@skip(if: $yes)'),
    of: selections(type, depth - 1),
  })
  return fc.array(fc.oneof({ weight: 4, arbitrary: own }, { weight: 1, arbitrary: fragment }), {
    minLength: 1,
    maxLength: 4,
  })
}

/** The text of a selection of authors, and of the fragments in it. */
export function written(selection: Selection): { text: string; fragments: string } {
  const fragments: string[] = []
  const text = (items: Selection, type: TypeName): string => items.map((item) => one(item, type)).join(' ')
  const one = (item: Item, type: TypeName): string => {
    if (item.kind === 'field') {
      const { name, plus, of } = item
      const field = `${keyOf(item) === name ? '' : `${keyOf(item)}: `}${name}${plus === undefined ? '' : `(plus: ${plus})`}`
      if (!of) return field
      const inner = text(of, types[type][name]?.of ?? type)
      if (name !== 'articleCollection') return `${field} { ${inner} }`
      return `${field}(orderBy: [{ id: AscNullsLast }]) { edges { node { ${inner} } } }`
    }
    if (!item.named) return `... on ${type} ${item.when} { ${text(item.of, type)} }`
    const inner = text(item.of, type)
    const name = `F${fragments.length}`
    fragments.push(`fragment ${name} on ${type} { ${inner} }`)
    return `...${name} ${item.when}`
  }
  return { text: text(selection, 'Author'), fragments: fragments.join(' ') }
}

function keyOf({ name, plus }: Item & { kind: 'field' }): string {
  return plus === undefined ? name : `${name}${plus}`
}

/** What a row answers, its fields in the order of the selection. @param errors where the paths of what fails are told */
export function answerOf(
  selection: Selection,
  type: TypeName,
  row: Row,
  path: readonly (string | number)[],
  errors: (readonly (string | number)[])[],
): Row {
  const merged = new Map<string, { readonly name: string; readonly plus: number; readonly of: Item[] }>()
  const collect = (items: Selection): void => {
    for (const item of items) {
      if (item.kind === 'field') {
        const { name, plus = 0, of = [] } = item
        const field = merged.get(keyOf(item)) ?? { name, plus, of: [] }
        field.of.push(...of)
        merged.set(keyOf(item), field)
      } else if (!['@include(if: $no)', '@skip(if: $yes)'].includes(item.when)) collect(item.of)
    }
  }
  collect(selection)

  const entries = [...merged].map(([key, { name, plus, of }]): [string, unknown] => {
    if (name === '__typename') return [key, type]
    const field = types[type][name] as Field
    const at = [...path, key]
    const value = field.answer(row, plus)
    if (value instanceof Error) errors.push(at)
    if (value instanceof Error || value === null) return [key, null]
    const inner = field.of
    if (!inner) return [key, value]
    const each = (one: unknown, ...where: (string | number)[]) =>
      answerOf(of, inner, one as Row, [...at, ...where], errors)
    if (!Array.isArray(value)) return [key, each(value)]
    if (name !== 'articleCollection') return [key, value.map((one, i) => each(one, i))]
    return [key, { edges: value.map((one, i) => ({ node: each(one, 'edges', i, 'node') })) }]
  })
  return Object.fromEntries(entries)
}
