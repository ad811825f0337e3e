import { getPriority } from 'node:os'
import { serveFunctions, until } from './test-functions.ts'

const files = {
  'weighty/index.ts': `
    import process from 'node:process'
    /** In milliseconds of the processor, however busy others are. */
    const work = (milliseconds: number) => {
      const used = () => Object.values(process.cpuUsage()).reduce((sum, microseconds) => sum + microseconds / 1000, 0)
      const end = used() + milliseconds
      while (used() < end);
    }
    work(400)
    Deno.serve(async (request) => {
      if (request.method === 'PUT') work(600)
      // Long enough to be looked at.
      else await new Promise((resolve) => setTimeout(resolve, 200))
      return Response.json({ pid: Deno.pid })
    })`,
}

/** What is seen of a function's process around one call that uses much. Priorities are those of this process and more. */
export interface HeavyCall {
  /** Once it is loaded, which took much as well. */
  readonly before: number
  readonly after: number
  readonly status: number
  /** Whether calls after it are served by the process that served it. */
  readonly isSame: boolean
}

/** Resolves once the function has given way during the call, and takes its turn again after it. */
export async function makeHeavyCall(): Promise<HeavyCall> {
  await using functions = await serveFunctions(files)
  const usual = getPriority()
  const call = async (method: string) => {
    const response = await functions.call('weighty', { method })
    const { pid } = (await response.json()) as { pid: number }
    return { pid, status: response.status, priority: priorityOf(pid) - usual }
  }
  const first = await call('POST')
  const busy = call('PUT')
  await until(() => priorityOf(first.pid) > usual)
  const { status } = await busy
  let last = await call('POST')
  await until(async () => {
    last = await call('POST')
    return last.priority === 0
  })
  return { before: first.priority, after: last.priority, status, isSame: last.pid === first.pid }
}

/** Not a number of a process that is gone: one that has to leave does so moments after its last response. */
export function priorityOf(pid: number): number {
  try {
    return getPriority(pid)
  } catch {
    return Number.NaN
  }
}

if (import.meta.main) console.log(JSON.stringify(await makeHeavyCall()))
