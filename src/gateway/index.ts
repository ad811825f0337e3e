/**
 * GraphQL over tables, services and functions.
 *
 * Begin at `gateway.ts`, and at `ways-in.ts` for the way of a request. A schema is made by `model/` (what a role sees) and
 * `schema/` (a file a type; `schema/beyond/` has what pg_graphql lacks). An operation goes through `requests/` (which
 * document), `plan/` (selection into a tree) and `query/` (tree into one SQL statement), all pure, then `run/`. `compose/`
 * has the fields of Auth, Storage and Functions, `live/` the subscriptions, `plugins/` what Yoga's pipeline is told.
 * Tests: `test/gateway`, most of them tables of cases in `test/gateway/cases`.
 */
export type { ComposedService, ServicesAccess } from './compose/index.ts'
export type { ResolverContext } from './context.ts'
export { createGateway, type Gateway, type GatewayOptions } from './gateway.ts'
export type { ChangeSource, LiveReadings, TableName, Visitor } from './live/index.ts'
export type { SchemaBuilder, TableFieldBuilder } from './schema/index.ts'
