import PothosBuilder, { type FieldRef } from '@pothos/core'
import type { ResolverContext } from '../context.ts'
import type { Entity, Model } from '../model/index.ts'
import { batched } from './batch.ts'
import { type FunctionFields, functionFields } from './function-fields.ts'
import { imageUrl } from './image-url.ts'
import { memo } from './parts.ts'
import './table-field-plugin.ts'

interface Text {
  readonly Input: string
  readonly Output: string
}

export interface PorticoTypes {
  Context: ResolverContext
  Scalars: {
    BigInt: Text
    BigFloat: Text
    UUID: Text
    Date: Text
    Time: Text
    Datetime: Text
    Cursor: Text
    Opaque: Text
    JSON: { Input: unknown; Output: unknown }
    Upload: { Input: File; Output: never }
  }
}

export type Types = PothosSchemaTypes.ExtendDefaultTypes<PorticoTypes>
export type PothosSchemaBuilder = PothosSchemaTypes.SchemaBuilder<Types>
/** What a resolver is given of a row: the columns that its field names, as JSON has them. */
export type Row = Readonly<Record<string, unknown>>
/** What makes a field of a table's type: Pothos' field builder, whose fields may name `columns` that they read. */
export type TableFieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<Types, Row>

/**
 * The Pothos builder that the files of a project's `schema/` folder are given: Pothos as documented, and `tableField`.
 *
 * @example
 * export default (builder: SchemaBuilder) => {
 *   builder.queryField('hello', (t) => t.string({ resolve: () => 'world' }))
 *   builder.tableField('photographs', 'aspect', (t) =>
 *     t.float({ columns: ['width', 'height'], resolve: (row) => Number(row.width) / Number(row.height) }))
 * }
 */
export type SchemaBuilder = PothosSchemaBuilder &
  FunctionFields & {
    /**
     * Adds a field to a table's type. `columns` names what the resolver reads of the row; they are part of the one SQL
     * statement. For a role that may not read the table or one of the columns, the field is not there.
     *
     * @param table `photographs`, or `schema.table` outside the first exposed schema
     */
    tableField(table: string, name: string, field: (t: TableFieldBuilder) => FieldRef<Types, unknown>): void
    /**
     * A resolver that answers a page of rows with one call. Rows are gathered by field and arguments, so two such fields
     * on a page are two calls.
     *
     * @example resolve: builder.batch((rows, _args, { supabase }) => signAll(supabase, rows))
     */
    batch: typeof batched
    /**
     * A resolver that makes of the object path in a column a signed URL of the image, in another size if asked for.
     *
     * @example resolve: builder.imageUrl('photo_path', { bucket: 'photos', transform: { width: 300 } })
     */
    imageUrl: typeof imageUrl
  }

/** @param entityOf finds a table that the role sees */
export function createBuilder(entityOf: (table: string) => Entity | undefined, model: Model): SchemaBuilder {
  const byTypeName = new Map(model.entities.map((entity) => [entity.typeName, entity]))
  const isReadable = (typeName: string, column: string) =>
    byTypeName.get(typeName)?.columns.some((field) => field.column.name === column && field.readable) ?? false
  const builder = new PothosBuilder<PorticoTypes>({ plugins: ['tableField'], tableField: { isReadable } })
  const tableType = memo(({ typeName }: Entity) => builder.objectRef<Row>(typeName).implement({}))
  const tableField = (table: string, name: string, field: (t: TableFieldBuilder) => FieldRef<Types, unknown>) => {
    const entity = entityOf(table)
    if (entity) builder.objectField(tableType(entity), name, field)
  }
  return Object.assign(builder, { tableField, batch: batched, imageUrl, ...functionFields(builder, tableField) })
}
