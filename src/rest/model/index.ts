export type { MediaHandler, MediaHandlers } from './media-handlers.ts'
export { buildModel, type Model } from './model.ts'
export type { ColumnPairs, Relationship } from './relationships.ts'
export { typeText } from './type-text.ts'
