import type { FunctionName, NamedType } from '#database'
import type { Model } from '../model/index.ts'
import type { JsonStep } from '../request/index.ts'

/** Oids that no server has otherwise. */
const json = 114
const text = 25

/** How a column's values are written in JSON. */
export function shownBy(model: Model, type: number | undefined): { show?: FunctionName } {
  const show = type === undefined ? undefined : model.representation(type, json)
  return show ? { show } : {}
}

/** How the texts of filters are read that a column, and no part of it, is compared with. */
export function readFromText(
  model: Model,
  type: number | undefined,
  path: readonly JsonStep[],
): { read?: FunctionName } {
  const read = type === undefined || path.length > 0 ? undefined : model.representation(text, type)
  return read ? { read } : {}
}

/** How a body's values become a column's. */
export function readFromJson(model: Model, { type }: NamedType): { read?: FunctionName } {
  const read = model.representation(json, type)
  return read ? { read } : {}
}
