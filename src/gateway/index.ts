/**
 * GraphQL over tables, services and functions.
 *
 * Words: an *entity* is a table or view that a role may use; a *field source* says where the value of a field comes from, and is all
 * that planning reads of a schema; a *plan* is an operation as a tree of records, without SQL; *code* is what graphql-js resolves, as
 * against what the statement answers; a *mixed* operation has both; a *step* is one statement of a nested write, and a *tie* says
 * which earlier row a row refers to; the *lane* answers known operations without Yoga.
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
