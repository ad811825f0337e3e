import { derivedNames, type Model } from '../../model/index.ts'

/**
 * Names for the types that pg_graphql has not. A table or an enum that is called so keeps its name: the type goes by
 * one with an underscore more.
 */
export function ownNames({ entities, enums }: Model): (wanted: string) => string {
  const taken = new Set<string>()
  for (const { typeName } of entities) for (const name of derivedNames.table(typeName)) taken.add(name)
  for (const { name } of enums) for (const derived of derivedNames.enum(name)) taken.add(derived)
  return function ownName(wanted): string {
    return taken.has(wanted) ? ownName(`${wanted}_`) : wanted
  }
}
