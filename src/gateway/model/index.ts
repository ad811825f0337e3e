export { buildModel } from './build-model.ts'
export type { ColumnField, Entity, FunctionField, FunctionReturn, Model, Relation } from './model.ts'
export { lowerFirst } from './names.ts'
export type { EnumType, ScalarName, TypeName, ValueType } from './value-type.ts'
