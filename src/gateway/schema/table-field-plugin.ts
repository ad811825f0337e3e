import PothosBuilder, {
  BasePlugin,
  type FieldNullability,
  type InputFieldMap,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type TypeParam,
} from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { rowKey, sourced } from './field-source.ts'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      tableField: TableFieldPlugin<Types>
    }
    export interface SchemaBuilderOptions<Types extends SchemaTypes> {
      tableField: {
        /** Whether the role may read a column of the table behind an object type. */
        readonly isReadable: (typeName: string, column: string) => boolean
      }
    }
    export interface FieldOptions<
      Types extends SchemaTypes,
      ParentShape,
      Type extends TypeParam<Types>,
      Nullable extends FieldNullability<Type>,
      Args extends InputFieldMap,
      ResolveShape,
      ResolveReturnShape,
    > {
      /** Columns of the row that the resolver reads; the row it is given holds them under their database names. */
      columns?: readonly string[]
    }
  }
}

/** Lets a field of a table's type declare the columns it reads. */
class TableFieldPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  /** A field that reads what the role may not is left out. */
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> | null {
    const { columns } = config.pothosOptions as { columns?: readonly string[] }
    if (!columns) return config
    const { isReadable } = this.builder.options.tableField
    if (!columns.every((column) => isReadable(config.parentType, column))) return null
    return { ...config, extensions: { ...config.extensions, ...sourced({ kind: 'code', columns }).extensions } }
  }

  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const { columns } = config.pothosOptions as { columns?: readonly string[] }
    if (!columns) return resolver
    return (parent, args, context, info) =>
      resolver((parent as { [rowKey]?: unknown } | null)?.[rowKey], args, context, info)
  }
}

PothosBuilder.registerPlugin('tableField', TableFieldPlugin)
