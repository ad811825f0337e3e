/** Names that the database's tables, enums and functions cannot have in the API: something else is called so. */
export interface ReservedNames {
  readonly types: ReadonlySet<string>
  readonly queries: ReadonlySet<string>
  readonly mutations: ReadonlySet<string>
}

export const nothingReserved: ReservedNames = { types: new Set(), queries: new Set(), mutations: new Set() }

const ofTable = 'Connection Edge Filter OrderBy InsertInput UpdateInput InsertResponse UpdateResponse DeleteResponse'
const ofEnum = 'Filter ListFilter'

/** Gives out each type name once, together with the names made from it. */
export function typeNames(reserved: ReadonlySet<string>) {
  const taken = new Set(reserved)
  const claim = (derived: string) => (name: string) => {
    const names = [name, ...derived.split(' ').map((suffix) => name + suffix)]
    if (names.some((one) => taken.has(one))) return false
    for (const one of names) taken.add(one)
    return true
  }
  return { claimTable: claim(ofTable), claimEnum: claim(ofEnum) }
}
