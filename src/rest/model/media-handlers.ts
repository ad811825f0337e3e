import type { Catalog, FunctionName, PgFunction, PgType, Table } from '#database'

/** SQL of the database's own that makes the body of an answer, asked for by its media type. */
export interface MediaHandler {
  /** The media type of its answers. */
  readonly media: string
  /** The body is bytes rather than text. */
  readonly binary: boolean
  /** The aggregate that takes the rows; undefined where a function's one value is the body. */
  readonly aggregate?: FunctionName
  /** The aggregate takes whole rows of the table; otherwise rows of any columns. */
  readonly wholeRows: boolean
}

/** Handlers by the media type that a client accepts, which is the name of the domain that they return. */
export type MediaHandlers = ReadonlyMap<string, MediaHandler>

export interface AllMediaHandlers {
  /** Of rows of any kind. */
  readonly ofAny: MediaHandlers
  ofTable(table: Table): MediaHandlers | undefined
  ofFunction(fn: PgFunction): MediaHandlers | undefined
}

const anyElement = 2283
const pattern = /^[a-z0-9.-]+\/[a-z0-9.+-]+$/

/** PostgREST's "custom media types": functions that return a domain named like one, and aggregates that end in one. */
export function mediaHandlersOf({ aggregates, types }: Catalog, baseOf: (oid: number) => number): AllMediaHandlers {
  const ofRows = Map.groupBy(aggregates, ({ argument }) => argument)
  const handlersOf = (argument: number): MediaHandlers =>
    new Map(
      (ofRows.get(argument) ?? []).flatMap(({ schema, name, returns }): [string, MediaHandler][] => {
        const media = mediaType(types.get(returns))
        const wholeRows = argument !== anyElement
        return media === undefined
          ? []
          : [[media, { ...answerOf(media, returns), aggregate: { schema, name }, wholeRows }]]
      }),
    )
  const answerOf = (media: string, returns: number) => ({
    media: media === '*/*' ? 'application/octet-stream' : media,
    binary: types.get(baseOf(returns))?.name === 'bytea',
  })
  const ofTables = new Map([...ofRows.keys()].map((argument) => [argument, handlersOf(argument)]))
  return {
    ofAny: handlersOf(anyElement),
    ofTable: ({ rowType }) => ofTables.get(rowType),
    ofFunction({ returns, returnsSet }) {
      const media = returnsSet ? undefined : mediaType(types.get(returns))
      return media === undefined ? undefined : new Map([[media, { ...answerOf(media, returns), wholeRows: false }]])
    },
  }
}

function mediaType(type: PgType | undefined): string | undefined {
  if (type?.kind !== 'domain') return undefined
  const name = type.name.toLowerCase()
  return name === '*/*' || pattern.test(name) ? name : undefined
}
