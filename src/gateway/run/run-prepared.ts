import { type ByteSink, type Bytes, type Caller, type CallerPool, type Departure, type Flow, pieceOf } from '#database'
import type { RequestContext } from '../context.ts'
import type { Variables } from '../plan/index.ts'
import { bind } from '../query/index.ts'
import { dataCloses, dataOpens, joinBody, streamedEnd } from './body.ts'
import { explain } from './explain.ts'
import { locateInput } from './locate-input.ts'
import { isRefusedWrite, isSafe, needsPost, withoutWrites } from './only-reads.ts'
import type { PreparedOperation } from './prepare.ts'

export interface RunPreparedOptions {
  readonly callers: CallerPool
  /** Whether a caller is told which SQL answered, in `extensions.portico`. */
  readonly explains: (caller: Caller) => boolean
}

/** How an answer gets to its client. */
export interface Delivery {
  /** Aborted when the client has gone away. */
  readonly signal: Departure | undefined
  /** Takes an answer of so many bytes that it is sent on while it arrives: its first ones, then the rest. */
  readonly stream?: (size: number, first: string, flow: Flow) => ByteSink
  /** Told, before it runs, of one that calls functions which may change something. */
  readonly mayWrite?: () => void
}

/**
 * Runs the statements of an operation as the caller, in one transaction and one round trip.
 *
 * @returns the bytes of `{"data":…}`; of an answer that was streamed, {@link streamedEnd}
 */
export type RunPrepared = (
  prepared: PreparedOperation,
  variables: Variables,
  context: RequestContext,
  delivery: Delivery,
) => Promise<Bytes>

/** Bytes of an answer that is held as a whole, so that a slow client does not hold a connection to the database. */
const heldSize = 1024 * 1024

export function createRunPrepared({ callers, explains }: RunPreparedOptions): RunPrepared {
  return async function run(prepared, variables, { caller, requestInfo: asked }, { signal, stream, mayWrite }) {
    const { kind, reads, statements, body } = prepared
    if (!reads) mayWrite?.()
    const readOnly = !reads && isSafe(asked)
    const requestInfo = readOnly ? withoutWrites(asked) : asked
    const bound = statements.map(({ text, parameters }) => ({
      text,
      values: parameters.map((parameter) => bind(parameter, variables)),
    }))
    const explained = explains(caller)
    let streamed = false
    // Only queries are streamed: a change may fail yet when it is committed, and then there is no answer.
    const streaming = stream &&
      !explained &&
      kind === 'query' && {
        above: heldSize,
        open(size: number, flow: Flow) {
          streamed = true
          return stream(dataOpens.length + size + dataCloses.length, dataOpens, flow)
        },
      }
    const options = { signal, reads, ...(streaming && { streaming }) }
    const answers = await callers.bytes(caller, requestInfo, bound, options).catch((error: unknown) => {
      throw readOnly && isRefusedWrite(error) ? needsPost() : locateInput(error, statements, variables)
    })
    if (streamed) return streamedEnd
    if (!explained) return joinBody(body, answers)
    const portico = await explain(callers, caller, requestInfo, bound)
    return joinBody([...body, pieceOf(`,"extensions":${JSON.stringify({ portico })}`)], answers)
  }
}
