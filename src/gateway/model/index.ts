export { buildModel } from './build-model.ts'
export type { ColumnField, Entity, FunctionField, Model, Relation } from './model.ts'
export { lowerFirst } from './names.ts'
export type { EnumType, TypeName, ValueType } from './value-type.ts'
