/**
 * The Data API: PostgREST's dialect on `/rest/v1`, in the stages of PostgREST itself.
 *
 * Begin at `rest.ts`. `request/` parses, `plan/` finds tables and relationships in the `model/`, `query/` compiles one
 * statement, `run.ts` runs it, `respond/` answers; `errors/` has PostgREST's codes, `openapi/` the description of the API.
 * Tests: `test/rest`, many of them tables of cases in `test/rest/cases`.
 */
export { createRest, type Rest, type RestOptions } from './rest.ts'
