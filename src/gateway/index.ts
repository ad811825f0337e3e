export type { ComposedService, ServicesAccess } from './compose/index.ts'
export type { ResolverContext } from './context.ts'
export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts'
export type { SchemaBuilder, TableFieldBuilder } from './schema/index.ts'
