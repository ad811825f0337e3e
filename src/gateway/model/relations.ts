import type { ForeignKey, Table } from '#database'
import { readComment } from './directive.ts'
import type { Entity, Relation } from './model.ts'
import { isExposable, lowerFirst, naming, withoutIdSuffix } from './names.ts'

/** A foreign key between two tables that the role sees. */
export interface Link {
  readonly local: Entity
  readonly foreign: Entity
  readonly foreignKey: ForeignKey
}

/** Foreign keys of the database, and those that a view's comment declares. */
export function foreignKeysOf(table: Table): readonly ForeignKey[] {
  const declared = readComment(table.comment).directive.foreign_keys ?? []
  return [
    ...table.foreignKeys,
    ...declared.map((key) => ({
      name: `${table.name}_${key.local_columns.join('_')}`,
      columns: key.local_columns,
      target: { schema: key.foreign_schema, table: key.foreign_table, columns: key.foreign_columns },
      enforced: false,
      comment: `@graphql(${JSON.stringify({ local_name: key.local_name, foreign_name: key.foreign_name })})`,
    })),
  ]
}

/** Both ends of each link as fields. A name that is taken already gets the columns' names added. */
export function relationsOf(
  links: readonly Link[],
  inflects: (schema: string) => boolean,
): ReadonlyMap<Entity, readonly Relation[]> {
  const relations = new Map<Entity, Relation[]>()
  const add = (entity: Entity, relation: Relation, otherwise: string) => {
    const own = relations.get(entity) ?? []
    const taken = (name: string) =>
      own.some((other) => other.name === name) ||
      entity.columns.some((field) => field.name === name) ||
      name === 'nodeId'
    const name = [relation.name, otherwise].find((candidate) => isExposable(candidate) && !taken(candidate))
    if (name) relations.set(entity, [...own, { ...relation, name }])
  }

  for (const { local, foreign, foreignKey } of links) {
    const { directive, description } = readComment(foreignKey.comment)
    const names = naming(inflects(local.table.schema))
    const suffix = `By${naming(true).typeName(foreignKey.columns.join('_'))}`
    const [column, ...others] = foreignKey.columns
    const stem = column !== undefined && others.length === 0 ? withoutIdSuffix(column) : undefined

    const types = ({ table }: Entity, columns: readonly string[]) =>
      columns.map((name) => table.columns.find((column) => column.name === name)?.type)
    const [here, there] = [types(local, foreignKey.columns), types(foreign, foreignKey.target.columns)]
    const sameTypes = here.every((type, i) => type === there[i])

    const toOne = directive.foreign_name ?? (stem ? names.fieldName(stem) : lowerFirst(foreign.typeName))
    add(
      local,
      {
        kind: 'one',
        name: toOne,
        description,
        from: { columns: foreignKey.columns },
        to: () => foreign,
        toColumns: foreignKey.target.columns,
        sameTypes,
        holdsKey: true,
        required: !foreign.table.rowSecurity && namesOne(local, foreignKey),
        certain: foreign.wholeSeen && namesOne(local, foreignKey),
      },
      toOne + suffix,
    )

    // A view has no constraints; the key that its comment declares counts as one.
    const keys = [...local.table.uniques, local.key.map(({ column }) => column.name)]
    const unique = keys.some((columns) => sameSet(columns, foreignKey.columns))
    const back = directive.local_name ?? `${lowerFirst(local.typeName)}${unique ? '' : 'Collection'}`
    add(
      foreign,
      {
        kind: unique ? 'one' : 'many',
        name: back,
        description,
        from: { columns: foreignKey.target.columns },
        to: () => local,
        toColumns: foreignKey.columns,
        sameTypes,
        holdsKey: false,
        required: false,
        certain: false,
      },
      back + suffix,
    )
  }
  return relations
}

/** Whether each row names one that is there. */
function namesOne(local: Entity, { columns, enforced }: ForeignKey): boolean {
  return enforced && !local.table.inherited && columns.every((name) => isNotNull(local, name))
}

function isNotNull(entity: Entity, column: string): boolean {
  return entity.table.columns.some(({ name, notNull }) => name === column && notNull)
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
