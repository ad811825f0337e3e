import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'

/** How large an operation may be. Each bound is far above what a person or a client library writes. */
export interface OperationLimits {
  readonly depth: number
  /** Fields after fragments are spread: what an answer's shape may cost. */
  readonly fields: number
  readonly roots: number
  readonly directives: number
}

/** Tokens of a document; the parser stops there. */
export const maxTokens = 20_000

export const defaultLimits: OperationLimits = { depth: 60, fields: 5000, roots: 100, directives: 200 }

/** Refuses operations past the limits before they are planned, and in time that does not grow with their expansion. */
export function useLimits(limits: OperationLimits): Plugin {
  return { onValidate: ({ addValidationRule }) => addValidationRule(limitRule(limits)) }
}

function limitRule(limits: OperationLimits) {
  return (context: ValidationContext): ASTVisitor => {
    const tooLarge = (what: string, most: number) =>
      context.reportError(
        new GraphQLError(`The operation has too many ${what}; at most ${most} are allowed.`, {
          extensions: { code: 'OPERATION_TOO_COMPLEX' },
        }),
      )
    const measured = new Map<string, Size>()
    let directives = 0

    function sizeOf(selectionSet: SelectionSetNode | undefined, path: ReadonlySet<string>): Size {
      let [depth, fields] = [0, 0]
      for (const selection of selectionSet?.selections ?? []) {
        directives += selection.directives?.length ?? 0
        const inner =
          selection.kind === Kind.FRAGMENT_SPREAD
            ? fragmentSize(context.getFragment(selection.name.value), path)
            : sizeOf(selection.selectionSet, path)
        const own = selection.kind === Kind.FIELD ? 1 : 0
        depth = Math.max(depth, inner.depth + own)
        fields = Math.min(fields + inner.fields + own, Number.MAX_SAFE_INTEGER)
      }
      return { depth, fields }
    }

    // A fragment is measured once, however often it is spread.
    function fragmentSize(fragment: FragmentDefinitionNode | null | undefined, path: ReadonlySet<string>): Size {
      const name = fragment?.name.value
      if (!fragment || name === undefined || path.has(name)) return { depth: 0, fields: 0 }
      const known = measured.get(name) ?? sizeOf(fragment.selectionSet, new Set([...path, name]))
      measured.set(name, known)
      return known
    }

    return {
      OperationDefinition(operation) {
        const { depth, fields } = sizeOf(operation.selectionSet, new Set())
        if (operation.selectionSet.selections.length > limits.roots) tooLarge('root fields', limits.roots)
        if (depth > limits.depth) tooLarge('levels', limits.depth)
        if (fields > limits.fields) tooLarge('fields', limits.fields)
        if (directives > limits.directives) tooLarge('directives', limits.directives)
      },
    }
  }
}

interface Size {
  readonly depth: number
  readonly fields: number
}
