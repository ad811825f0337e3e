import { rowKey, typeKey } from '../schema/index.ts'

type Answer = Record<string, unknown>

/**
 * Puts what code answered into the places that a statement's answer has left for it, and takes out what the statement answered
 * for code alone. Where an error of a non-null field has taken its parent away, the statement's part of that parent goes, too.
 */
export function merge(answer: Answer, ofCode: Answer): Answer {
  for (const key of Object.keys(ofCode)) answer[key] = merged(answer[key], ofCode[key])
  if (rowKey in answer) answer[rowKey] = undefined
  if (typeKey in answer) answer[typeKey] = undefined
  return answer
}

function merged(own: unknown, ofCode: unknown): unknown {
  if (!isObject(own) || !isObject(ofCode)) return ofCode
  if (!Array.isArray(own) || !Array.isArray(ofCode)) return merge(own, ofCode)
  for (let i = 0; i < own.length; i++) own[i] = merged(own[i], ofCode[i])
  return own
}

/** A place that was left for code is null. */
function isObject(value: unknown): value is Answer {
  return typeof value === 'object' && value !== null
}
