import type { Observe } from '#observe'

export interface ManagedFetchOptions {
  /** What the services' clients believe them to be at, without a trailing slash: this gateway. */
  readonly from: string
  /** Where they are. */
  readonly to: string
  readonly observe: Observe
  /** Milliseconds that a service has to begin its answer. */
  readonly patience?: (path: string, isUpload: boolean) => number
}

/**
 * A `fetch` for clients that believe the services are here, so that the URLs they make (of signed objects, say) are
 * ones that this gateway's own clients can reach. A service that does not answer is given up, since operations wait for it
 * and pile up; why a call failed is logged, for clients are not told.
 */
export function managedFetch({ from, to, observe, patience = patienceFor }: ManagedFetchOptions): typeof fetch {
  const redirect = (url: string) => (url.startsWith(`${from}/`) ? to + url.slice(from.length) : url)
  return async (input, init) => {
    const request = input instanceof Request ? new Request(redirect(input.url), input) : redirect(String(input))
    const url = request instanceof Request ? request.url : request
    const path = url.startsWith(`${to}/`) ? url.slice(to.length) : ''
    const tooLate = new AbortController()
    // What the clients say of themselves is JSON text; anything else is somebody's file.
    const limit = patience(path, init?.body != null && typeof init.body !== 'string')
    const timer = setTimeout(() => tooLate.abort(new Error(`no answer began for ${limit} ms`)), limit)
    const signals = [tooLate.signal, init?.signal, request instanceof Request ? request.signal : undefined]
    const signal = AbortSignal.any(signals.filter((one) => one != null))
    try {
      return await fetch(request, { ...init, signal })
    } catch (error) {
      const [, service] = path.split('/')
      const text = `a request to the managed service ${service} failed`
      if (!init?.signal?.aborted) observe({ kind: 'message', level: 'warn', text, error })
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Supabase itself gives an edge function 150 seconds to begin; what is uploaded takes the time it takes. */
function patienceFor(path: string, isUpload: boolean): number {
  if (path.startsWith('/functions/')) return 160_000
  return isUpload ? 600_000 : 30_000
}
