import type { Model } from '../../model/index.ts'
import type { NamedTypes } from '../named-types.ts'
import { addGroups } from './groups.ts'
import { addJsonFilters } from './json-filter.ts'
import { addDistinctOn, addRelatedRows } from './related-rows.ts'
import { addTextSearch } from './text-search.ts'
import { beyondTypes } from './types.ts'
import { addWrites } from './writes.ts'

export { addFederation } from './federation.ts'

/** Adds what pg_graphql's users ask for to its dialect: nothing that is there changes. */
export function goBeyond(dialect: NamedTypes, model: Model): void {
  // Names are taken by what is needed alone, and without tables nothing is.
  if (model.entities.length === 0) return
  const types = beyondTypes(dialect, model)
  addJsonFilters(types, model.entities)
  addRelatedRows(types, model.entities)
  addTextSearch(types)
  addGroups(types, model.entities)
  addWrites(types, model.entities)
  addDistinctOn(types, dialect.all())
}
