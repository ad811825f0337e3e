import type { FieldNullability, InputFieldMap, InputShapeFromFields, ObjectRef, TypeParam } from '@pothos/core'
import type { ResolverContext } from '../context.ts'
import { batched } from './batch.ts'
import type { PothosSchemaBuilder, Row, TableFieldBuilder, Types } from './builder.ts'
import { failureOf, fieldValue, unfit } from './function-answer.ts'

type ArgBuilder = TableFieldBuilder['arg']

/** What both kinds of fields have. */
interface FieldOfFunction<Type extends TypeParam<Types>, Nullable extends FieldNullability<Type>> {
  /** The edge function; the field's name unless given. */
  readonly function?: string
  /** What its JSON answer is: a scalar, or an object type whose fields read the answer's. */
  readonly type: Type
  readonly nullable?: Nullable
  readonly description?: string
}

export interface FunctionFieldOptions<
  Args extends InputFieldMap,
  Type extends TypeParam<Types>,
  Nullable extends FieldNullability<Type>,
> extends FieldOfFunction<Type, Nullable> {
  readonly args?: (arg: ArgBuilder) => Args
  /** The JSON body: the arguments by their names, or what is in `input` where that is the only one. */
  readonly body?: (args: InputShapeFromFields<Args>) => unknown
}

export interface TableFunctionFieldOptions<
  Args extends InputFieldMap,
  Type extends TypeParam<Types>,
  Nullable extends FieldNullability<Type>,
> extends FieldOfFunction<Type, Nullable> {
  /** Columns of the row that the function is sent. */
  readonly columns: readonly string[]
  readonly args?: (arg: ArgBuilder) => Args
}

export interface ObjectFunctionFieldOptions<
  Parent,
  Args extends InputFieldMap,
  Type extends TypeParam<Types>,
  Nullable extends FieldNullability<Type>,
> extends FieldOfFunction<Type, Nullable> {
  /** Properties of the object that the function is sent. */
  readonly properties: readonly (keyof Parent & string)[]
  readonly args?: (arg: ArgBuilder) => Args
}

/** The helpers of the builder that make fields of edge functions. */
export interface FunctionFields {
  /**
   * Makes an edge function a field of the query or mutation type. The arguments become its JSON body, its JSON answer the
   * field's value; it is called with the caller's token, and its errors become GraphQL errors with its own `code`.
   *
   * @example
   * builder.functionField('mutation', 'developPhotograph', {
   *   function: 'develop',
   *   type: developed,
   *   args: (arg) => ({ photographId: arg({ type: 'UUID', required: true }) }),
   *   body: ({ photographId }) => ({ photograph_id: photographId }),
   * })
   */
  functionField<Args extends InputFieldMap, Type extends TypeParam<Types>, Nullable extends FieldNullability<Type>>(
    operation: 'query' | 'mutation',
    name: string,
    options: FunctionFieldOptions<Args, Type, Nullable>,
  ): void
  /**
   * Makes an edge function resolve a field of a table's type. A page of rows is one invocation, with the body
   * `{ rows: [{ column: value … } …], args: { … } }`; the function answers a JSON list with a value for each row, in
   * their order. `{ "error": { "message": "…", "code": "…" } }` in place of a value fails that row's field alone.
   *
   * @example builder.tableFunctionField('photographs', 'palette', { columns: ['id'], type: ['String'] })
   */
  tableFunctionField<
    Args extends InputFieldMap,
    Type extends TypeParam<Types>,
    Nullable extends FieldNullability<Type>,
  >(table: string, name: string, options: TableFunctionFieldOptions<Args, Type, Nullable>): void
  /**
   * The same for a type of the project's own: `rows` are its objects, all those that a list or a page of rows holds.
   *
   * @example builder.objectFunctionField(place, 'weather', { properties: ['latitude', 'longitude'], type: 'String' })
   */
  objectFunctionField<
    Parent,
    Args extends InputFieldMap,
    Type extends TypeParam<Types>,
    Nullable extends FieldNullability<Type>,
  >(
    object: ObjectRef<Types, unknown, Parent>,
    name: string,
    options: ObjectFunctionFieldOptions<Parent, Args, Type, Nullable>,
  ): void
}

type AddTableField = (table: string, name: string, field: (t: TableFieldBuilder) => never) => void

export function functionFields(builder: PothosSchemaBuilder, addTableField: AddTableField): FunctionFields {
  return {
    functionField(operation, name, { function: called = name, type, nullable, description, args, body = bodyOf }) {
      const field = (t: TableFieldBuilder) =>
        t.field({
          ...{ type, nullable, description },
          ...(args && { args: args(t.arg) }),
          resolve: async (_root: unknown, given: never, { invoke }: ResolverContext) =>
            fieldValue(await invoke(called, body(given)), type, called),
        } as never)
      if (operation === 'query') builder.queryField(name, field as never)
      else builder.mutationField(name, field as never)
    },
    tableFunctionField(table, name, { function: called = name, type, nullable, description, columns, args }) {
      const options = { type, nullable, description, columns, resolve: invoked(called, type, columns) }
      addTableField(table, name, (t) => t.field({ ...options, ...(args && { args: args(t.arg) }) } as never) as never)
    },
    objectFunctionField(object, name, { function: called = name, type, nullable, description, properties, args }) {
      const options = { type, nullable, description, resolve: invoked(called, type, properties) }
      const field = (t: TableFieldBuilder) => t.field({ ...options, ...(args && { args: args(t.arg) }) } as never)
      builder.objectField(object, name, field as never)
    },
  }
}

/** One invocation for all rows, which are sent some of what they hold. */
function invoked(called: string, type: unknown, names: readonly string[]) {
  return batched(async (rows: readonly Row[], given: object, { invoke }: ResolverContext) => {
    const chosen = rows.map((row) => Object.fromEntries(names.map((name) => [name, row[name]])))
    const answers = await invoke<unknown>(called, { rows: chosen, args: given })
    if (Array.isArray(answers) && answers.length === rows.length) {
      return answers.map((answer) => failureOf(answer) ?? fieldValue(answer, type, called))
    }
    throw unfit(called, `a list of ${rows.length} values, one for each row`)
  })
}

/** A single argument called `input` is the body itself, as input types are used. */
function bodyOf(args: object): unknown {
  const names = Object.keys(args)
  return names.length === 1 && names[0] === 'input' ? Object.values(args)[0] : args
}
