import { concat, type Fragment, objectText, type Text } from '#database'
import type { Node } from '../plan/index.ts'

/** A key of each object of the answer. What is read of the row is only known once one of its forms was asked for. */
export interface Member {
  readonly key: string
  /** As JSON text, never null. */
  text(): Text
  /** As a value, for CSV. */
  value(): Fragment
}

/** The rows that are answered: where they come from, and what is answered of each. */
export interface Page {
  readonly members: readonly Member[]
  /** Complete only when the members that are wanted have been asked for. */
  from(): Fragment
}

/** The JSON object of a page's row. */
export function objectOf({ members }: Pick<Page, 'members'>): Fragment {
  return concat(objectText(members.map((member): [string, Text] => [member.key, member.text()])))
}

/** What selects nothing is there for its filters only. */
export function isShown(node: Node): boolean {
  return node.fields.length > 0 || node.embeds.some(isShown)
}
