/** Names that the database's tables, enums and functions cannot have in the API: something else is called so. */
export interface ReservedNames {
  readonly types: ReadonlySet<string>
  readonly queries: ReadonlySet<string>
  readonly mutations: ReadonlySet<string>
}

export const nothingReserved: ReservedNames = { types: new Set(), queries: new Set(), mutations: new Set() }

const ofTable = 'Connection Edge Filter OrderBy InsertInput UpdateInput InsertResponse UpdateResponse DeleteResponse'
const ofEnum = 'Filter ListFilter'
const withDerived = (derived: string) => (name: string) => [name, ...derived.split(' ').map((suffix) => name + suffix)]

/** A table's or an enum's type name, and the names made from it. */
export const derivedNames = { table: withDerived(ofTable), enum: withDerived(ofEnum) }

/** Gives out each type name once, together with the names made from it. */
export function typeNames(reserved: ReadonlySet<string>) {
  const taken = new Set(reserved)
  const claim = (derived: (name: string) => readonly string[]) => (name: string) => {
    const names = derived(name)
    if (names.some((one) => taken.has(one))) return false
    for (const one of names) taken.add(one)
    return true
  }
  return { claimTable: claim(derivedNames.table), claimEnum: claim(derivedNames.enum) }
}
