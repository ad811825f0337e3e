import type { PgFunction } from '#database'
import { type Asked, ambiguousFunction, noFunction } from '../errors/index.ts'
import type { Model } from '../model/index.ts'

const bodyTypes: Readonly<Record<string, readonly string[]>> = {
  json: ['json', 'jsonb'],
  text: ['text'],
  xml: ['xml'],
  binary: ['bytea'],
}

/**
 * The overload that takes arguments of these names; failing that, the one that takes a body as its only argument.
 *
 * @throws RestError PGRST202 for none, PGRST203 for several
 */
export function findFunction(model: Model, asked: Asked): PgFunction {
  const overloads = model.functions(asked.schema, asked.name)
  const named = overloads.filter((fn) => takes(fn, asked))
  const [only, another] = named
  if (another) throw ambiguousFunction(named, model)
  if (only) return only
  const single = overloads.filter((fn) => takesBody(fn, asked.body, model))
  const [first, second] = single
  if (second) throw ambiguousFunction(single, model)
  if (!first) throw noFunction(model, asked)
  return first
}

function takes(fn: PgFunction, { arguments: given, body }: Asked): boolean {
  // Such a body holds no names.
  if (body === 'text' || body === 'xml' || body === 'binary') return false
  const known = new Set(fn.arguments.map(({ name }) => name ?? ''))
  return (
    given.every((name) => known.has(name)) &&
    fn.arguments.every(({ name, hasDefault }) => hasDefault || given.includes(name ?? ''))
  )
}

function takesBody(fn: PgFunction, body: Asked['body'], model: Model): boolean {
  const [argument, another] = fn.arguments
  if (!argument || another || argument.name !== null || body === undefined) return false
  return (bodyTypes[body] ?? []).includes(model.type(argument.type)?.name ?? '')
}
