import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** How large an operation may be. Each bound is far above what a person or a client library writes. */
export interface OperationLimits {
  readonly maxDepth: number
  /** Fields after fragments are spread: what an answer's shape may cost. */
  readonly maxFields: number
  readonly maxAliases: number
  readonly maxRootFields: number
  readonly maxDirectives: number
}

/** Operations and fragments of a document; some rules of validation look at each pair. */
const maxDefinitions = 500

/** Pairs of fields that share a response key: validation compares the two of each pair ("Field Selection Merging"). */
const maxRepeated = 20_000

/**
 * Refuses operations past the limits before they are validated, since validation itself takes time that grows with the
 * square of some of them. The limits are looked at in time that does not grow with an operation's expansion.
 */
export function useLimits(limits: OperationLimits): Plugin {
  return {
    onValidate({ params: { documentAST }, setResult }) {
      const errors = exceeded(documentAST, limits)
      if (errors.length > 0) setResult(errors)
    },
  }
}

function exceeded(document: DocumentNode, limits: OperationLimits): GraphQLError[] {
  const fragments = new Map<string, FragmentDefinitionNode>()
  const operations: OperationDefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  let aliases = 0
  visit(document, { Field: ({ alias }) => void (alias && aliases++) })
  const { sizeOf, cyclic } = measure(fragments)
  const sizes = operations.map(({ selectionSet }) => sizeOf(selectionSet))
  const most = (of: (size: Size) => number) => Math.max(0, ...sizes.map(of))

  const checks: [what: string, value: number, limit: number][] = [
    ['definitions', document.definitions.length, maxDefinitions],
    ['aliases', aliases, limits.maxAliases],
    ['root fields', most(({ width }) => width), limits.maxRootFields],
    ['levels', most(({ depth }) => depth), limits.maxDepth],
    ['fields', most(({ fields }) => fields), limits.maxFields],
    ['directives', most(({ directives }) => directives), limits.maxDirectives],
  ]
  const wrong = checks.filter(([, value, limit]) => value > limit).map(([what, , limit]) => tooMany(what, limit))
  if (wrong.length > 0) return wrong
  // As validation would say; nothing below comes to an end in such a document.
  if (cyclic.size > 0) {
    return [...cyclic].map((name) => new GraphQLError(`Cannot spread fragment "${name}" within itself.`))
  }
  // Small enough to be spread out.
  const repeated = operations.some(({ selectionSet }) => repetitions([selectionSet], fragments) > maxRepeated)
  return repeated ? [tooMany('fields of one name in one place', Math.floor(Math.sqrt(2 * maxRepeated)))] : []
}

function tooMany(what: string, most: number): GraphQLError {
  return new GraphQLError(`The operation has too many ${what}; at most ${most} are allowed.`, {
    extensions: { code: 'OPERATION_TOO_COMPLEX' },
  })
}

interface Size {
  /** Fields of the first level. */
  readonly width: number
  readonly depth: number
  readonly fields: number
  readonly directives: number
}

/** Measures selection sets, a fragment once, however often it is spread; and finds those that spread themselves. */
function measure(fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
  const measured = new Map<string, Size>()
  const path = new Set<string>()
  const cyclic = new Set<string>()

  function sizeOf(selectionSet: SelectionSetNode | undefined): Size {
    let [width, depth, fields, directives] = [0, 0, 0, 0]
    for (const selection of selectionSet?.selections ?? []) {
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragmentSize(selection.name.value) : sizeOf(selection.selectionSet)
      const own = selection.kind === Kind.FIELD ? 1 : 0
      width = bounded(width + (selection.kind === Kind.FIELD ? 1 : inner.width))
      depth = Math.max(depth, inner.depth + own)
      fields = bounded(fields + inner.fields + own)
      directives = bounded(directives + inner.directives + (selection.directives?.length ?? 0))
    }
    return { width, depth, fields, directives }
  }

  function fragmentSize(name: string): Size {
    const fragment = fragments.get(name)
    if (path.has(name)) cyclic.add(name)
    if (!fragment || path.has(name)) return nothing
    const known = measured.get(name)
    if (known) return known
    path.add(name)
    const size = sizeOf(fragment.selectionSet)
    path.delete(name)
    measured.set(name, size)
    return size
  }

  return { sizeOf, cyclic }
}

const nothing: Size = { width: 0, depth: 0, fields: 0, directives: 0 }

function bounded(value: number): number {
  return Math.min(value, Number.MAX_SAFE_INTEGER)
}

/** Pairs of fields under one response key, at all levels of selection sets that are merged into one. */
function repetitions(
  selectionSets: readonly SelectionSetNode[],
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): number {
  const byKey = new Map<string, FieldNode[]>()
  const path = new Set<string>()
  const collect = (selectionSet: SelectionSetNode): void => {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const fields = byKey.get(key)
        if (fields) fields.push(selection)
        else byKey.set(key, [selection])
      } else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet)
      else {
        const name = selection.name.value
        const fragment = fragments.get(name)
        if (!fragment || path.has(name)) continue
        path.add(name)
        collect(fragment.selectionSet)
        path.delete(name)
      }
    }
  }
  for (const selectionSet of selectionSets) collect(selectionSet)
  let pairs = 0
  for (const fields of byKey.values()) {
    pairs += (fields.length * (fields.length - 1)) / 2
    const inner = fields.flatMap(({ selectionSet }) => selectionSet ?? [])
    if (inner.length > 0) pairs += repetitions(inner, fragments)
  }
  return pairs
}
