import { json, object } from '../../photo-community/sql.ts'

/** One answer of 200 MiB: what counts is the memory of the process that sends it on, not how fast it is. */
export const largeAnswer = {
  name: 'L1',
  document: 'query L1 { archivesCollection(first: 400) { edges { node { id body } } } }',
  parameters: () => [],
  sql: `select '{"data":{"archivesCollection":{"edges":[' || string_agg('{"node":' || ${object({
    id: 'a.id',
    body: json('a.body'),
  })} || '}', ',') || ']}}}' from (select * from archives order by id limit 400) a`,
}
