import type { Catalog, Privileges, Table } from '#database'
import { readComment } from './directive.ts'
import { functionFields } from './functions.ts'
import type { ColumnField, Entity, Model } from './model.ts'
import { isExposable, naming } from './names.ts'
import { foreignKeysOf, type Link, relationsOf } from './relations.ts'
import { nothingReserved, type ReservedNames, typeNames } from './type-names.ts'
import { type EnumType, valueTypes } from './value-type.ts'

const defaultMaxRows = 30

/** What `role` sees of the catalogue: tables, columns and functions it has no privilege for are not there. */
export function buildModel(catalog: Catalog, privileges: Privileges, reserved: ReservedNames = nothingReserved): Model {
  const schemas = new Map(catalog.schemas.map(({ name, comment }) => [name, readComment(comment).directive]))
  const inflects = (schema: string) => schemas.get(schema)?.inflect_names ?? false
  const { claimTable, claimEnum } = typeNames(reserved.types)
  const entities = new Map<number, Entity>()
  const byRowType = new Map<number, Entity>()
  const unnamed: string[] = []

  // Rows are told apart by their key: what has none has no collection, only rows that a function of another row answers.
  const answered = rowTypesOfOne(catalog)
  const candidates = catalog.tables.map((table) => {
    const comment = readComment(table.comment)
    const names = naming(inflects(table.schema))
    const typeName = comment.directive.name ?? names.typeName(table.name)
    return {
      ...comment,
      table,
      names,
      typeName,
      keyColumns: table.primaryKey ?? comment.directive.primary_key_columns ?? [],
    }
  })
  const readable = candidates.filter(({ table, typeName, keyColumns }) => {
    const all = keyColumns.length > 0 ? keyColumns : table.columns.map(({ name }) => name)
    return isExposable(typeName) && all.every((name) => privileges.column(table.oid, 'select', name))
  })
  const keyed = readable.filter(({ keyColumns }) => keyColumns.length > 0)
  const keyless = readable.filter(({ table, keyColumns }) => keyColumns.length === 0 && answered.has(table.rowType))
  const tables = [...keyed, ...keyless].filter(({ table, typeName }) => {
    const claimed = claimTable(typeName)
    if (!claimed) unnamed.push(`${table.schema}.${table.name}`)
    return claimed
  })
  // Tables go before enums: a column can do without its enum.
  const typeOf = valueTypes(catalog, inflects, claimEnum, privileges.use)

  for (const { table, directive, description, names, typeName, keyColumns } of tables) {
    const may = (verb: 'select' | 'insert' | 'update', column: string) => privileges.column(table.oid, verb, column)
    const fieldNames = new Set(['nodeId'])

    const columns = table.columns.flatMap((column): ColumnField[] => {
      const type = typeOf(column.type)
      const comment = readComment(column.comment)
      const name = comment.directive.name ?? names.fieldName(column.name)
      if (!type || !isExposable(name) || fieldNames.has(name)) return []
      fieldNames.add(name)
      return [
        { kind: 'column', name, description: comment.description, column, type, readable: may('select', column.name) },
      ]
    })
    const key = keyColumns.flatMap((name) => columns.filter((field) => field.column.name === name))
    const insertable = columns.filter(({ column }) => !column.generated && may('insert', column.name))
    const updatable = columns.filter(({ column }) => !column.generated && may('update', column.name))
    if (key.length !== keyColumns.length) continue

    const entity: Entity = {
      table,
      typeName,
      description,
      key,
      columns,
      get relations() {
        return relations().get(entity) ?? []
      },
      get computed() {
        return functions().computed.get(table.rowType) ?? []
      },
      totalCount: directive.totalCount?.enabled ?? false,
      aggregate: directive.aggregate?.enabled ?? false,
      maxRows: directive.max_rows ?? schemas.get(table.schema)?.max_rows ?? defaultMaxRows,
      insertable: table.insertable ? insertable : [],
      updatable: table.updatable ? updatable : [],
      deletable: table.deletable && privileges.delete(table.oid),
      wholeSeen: privileges.seesAll(table.oid),
    }
    if (key.length > 0) entities.set(table.oid, entity)
    byRowType.set(table.rowType, entity)
  }

  const byName = new Map(
    [...entities.values()].map((entity) => [`${entity.table.schema}.${entity.table.name}`, entity]),
  )
  const relations = once(() => relationsOf(links(catalog.tables, entities, byName), inflects))
  const functions = once(() => functionFields(catalog, privileges, typeOf, inflects, byRowType))

  const enums = new Map<string, EnumType>()
  for (const type of catalog.types.values()) {
    const value = typeOf(type.oid)
    if (value?.kind === 'enum') enums.set(value.enum.name, value.enum)
  }
  const root = functions().root.filter(({ fn, name }) =>
    fn.volatility === 'volatile' ? !reserved.mutations.has(name) : !reserved.queries.has(name),
  )
  return { entities: [...entities.values()], functions: root, enums: [...enums.values()], unnamed }
}

/** Row types that a function over one row answers one of. */
function rowTypesOfOne({ functions }: Catalog): ReadonlySet<number> {
  const computed = functions.filter((fn) => fn.arguments.length === 1 && (!fn.returnsSet || fn.rows === 1))
  return new Set(computed.map(({ returns }) => returns))
}

function links(
  tables: readonly Table[],
  entities: ReadonlyMap<number, Entity>,
  byName: ReadonlyMap<string, Entity>,
): Link[] {
  return tables.flatMap((table) => {
    const local = entities.get(table.oid)
    if (!local) return []
    return foreignKeysOf(table).flatMap((foreignKey) => {
      const foreign = byName.get(`${foreignKey.target.schema}.${foreignKey.target.table}`)
      if (!foreign) return []
      const visible =
        foreignKey.columns.every((name) => canRead(local, name)) &&
        foreignKey.target.columns.every((name) => canRead(foreign, name))
      return visible ? [{ local, foreign, foreignKey }] : []
    })
  })
}

function canRead(entity: Entity, column: string): boolean {
  return entity.columns.some((field) => field.column.name === column && field.readable)
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
