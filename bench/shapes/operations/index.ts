import type { Operation } from '../../graphql/operations/index.ts'
import { changes } from './changes.ts'
import { filters } from './filters.ts'
import { groups } from './groups.ts'
import { pages } from './pages.ts'
import { selections } from './selections.ts'

export const shapes: readonly Operation[] = [...filters, ...pages, ...groups, ...selections, ...changes]
