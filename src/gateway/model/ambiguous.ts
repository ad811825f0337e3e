import type { PgFunction } from '#database'

/**
 * Whether there is a call that each of two functions of one name could take: Postgres then refuses it as "not unique", also
 * where one of them needs none of its defaults for it.
 *
 * @param from the first argument that a call may leave out
 */
export function areAmbiguous(one: PgFunction, other: PgFunction, from: number): boolean {
  const [first, second] = [argumentsOf(one, from), argumentsOf(other, from)]
  const needed = [...first, ...second].flatMap(([name, { hasDefault }]) => (hasDefault ? [] : [name]))
  return needed.every((name) => first.has(name) && first.get(name)?.type === second.get(name)?.type)
}

function argumentsOf(fn: PgFunction, from: number) {
  return new Map(fn.arguments.slice(from).map((argument, i) => [argument.name ?? i, argument]))
}
