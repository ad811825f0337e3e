import PothosBuilder, {
  BasePlugin,
  type FieldMap,
  type FieldNullability,
  type InputFieldMap,
  type InputShapeFromFields,
  type PothosOutputFieldConfig,
  type SchemaTypes,
  type ShapeFromTypeParam,
  type TypeParam,
} from '@pothos/core'
import type { GraphQLFieldResolver } from 'graphql'
import { batched } from './batch.ts'
import { sourced } from './field-source.ts'

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      tableField: TableFieldPlugin<Types>
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
      /**
       * Answers the field for all rows of a page at once, in their order; in place of `resolve`.
       * Rows are batched by field and arguments, so two such fields on a page are two calls.
       */
      batch?: (
        rows: readonly ParentShape[],
        args: InputShapeFromFields<Args>,
        context: Types['Context'],
      ) =>
        | Promise<readonly ShapeFromTypeParam<Types, Type, Nullable>[]>
        | readonly ShapeFromTypeParam<Types, Type, Nullable>[]
    }
  }
}

/** Lets a field declare the columns it needs, and be answered a page at a time. */
class TableFieldPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { columns } = config.pothosOptions as { columns?: readonly string[] }
    return columns
      ? { ...config, extensions: { ...config.extensions, ...sourced({ kind: 'code', columns }).extensions } }
      : config
  }

  override wrapResolve(
    resolver: GraphQLFieldResolver<unknown, Types['Context'], object>,
    config: PothosOutputFieldConfig<Types>,
  ): GraphQLFieldResolver<unknown, Types['Context'], object> {
    const { columns, batch } = config.pothosOptions as unknown as {
      columns?: readonly string[]
      batch?: Parameters<typeof batched>[0]
    }
    const resolve = batch ? batched(batch) : resolver
    if (!columns) return resolve
    return (parent, args, context, info) => resolve((parent as { __row?: unknown } | null)?.__row, args, context, info)
  }
}

PothosBuilder.registerPlugin('tableField', TableFieldPlugin)

export type { FieldMap }
