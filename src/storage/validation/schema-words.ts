import type { z } from 'zod'

/**
 * What a value was refused for, in the words of the JSON schemas of supabase/storage: `body/limit must be >= 1`. As
 * there, what is missing is told first, and one thing at a time.
 *
 * @param where `body` or `querystring`
 * @see https://github.com/ajv-validator/ajv/tree/master/lib/vocabularies
 */
export function inSchemaWords(where: string, issues: readonly z.core.$ZodIssue[]): string {
  const issue = issues.find((issue) => issue.path.length === 1 && isMissing(issue)) ?? issues[0]
  if (!issue) return `${where} is not valid`
  const path = [where, ...issue.path.map(String)]
  return isMissing(issue)
    ? `${path.slice(0, -1).join('/')} must have required property '${path.at(-1)}'`
    : `${path.join('/')} ${wordsFor(issue)}`
}

/** JSON has no undefined: what is, was not sent. */
function isMissing({ code, path, input }: z.core.$ZodIssue): boolean {
  return (code === 'invalid_type' || code === 'invalid_value') && path.length > 0 && input === undefined
}

function wordsFor(issue: z.core.$ZodIssue): string {
  // A schema may say it itself.
  if (issue.message.startsWith('must ')) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return typeof issue.input === 'object' && issue.input !== null
        ? 'must be string'
        : 'must be equal to one of the allowed values'
    case 'too_small':
      return issue.origin === 'array'
        ? `must NOT have fewer than ${issue.minimum} items`
        : `must be >= ${issue.minimum}`
    case 'too_big':
      return issue.origin === 'array' ? `must NOT have more than ${issue.maximum} items` : `must be <= ${issue.maximum}`
    default:
      return issue.message
  }
}

/** Numbers are whole unless a schema says otherwise. */
const typeNames: Readonly<Record<string, string>> = { int: 'integer', number: 'integer' }
