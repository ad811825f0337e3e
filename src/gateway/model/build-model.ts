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
  const unnamed: string[] = []

  // Rows are told apart by their key: what has none, or hides it, has no collection.
  const tables = catalog.tables.flatMap((table) => {
    const { directive, description } = readComment(table.comment)
    const names = naming(inflects(table.schema))
    const typeName = directive.name ?? names.typeName(table.name)
    const keyColumns = table.primaryKey ?? directive.primary_key_columns ?? []
    const hidden = keyColumns.length === 0 || !keyColumns.every((name) => privileges.column(table.oid, 'select', name))
    if (hidden || !isExposable(typeName)) return []
    if (claimTable(typeName)) return [{ table, directive, description, names, typeName, keyColumns }]
    unnamed.push(`${table.schema}.${table.name}`)
    return []
  })
  // Tables go before enums: a column can do without its enum.
  const typeOf = valueTypes(catalog, inflects, claimEnum)

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
    }
    entities.set(table.oid, entity)
  }

  const byName = new Map(
    [...entities.values()].map((entity) => [`${entity.table.schema}.${entity.table.name}`, entity]),
  )
  const byRowType = new Map([...entities.values()].map((entity) => [entity.table.rowType, entity]))
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
