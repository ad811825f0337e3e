// What a spare process does while it waits for a function: it uses once, without a trace, what most functions use first. Deno
// loads and compiles each of these parts of itself at its first use, some of them for 5 to 15 ms; a function that is loaded
// after this finds them there. Nothing of a function is run or known here.

const discard = () => {}
const uses = [
  // The two that load much of Deno's Node compatibility: timers, and what npm packages look at first.
  () => clearTimeout(setTimeout(discard)),
  () => globalThis.process.versions.node,
  () => globalThis.Buffer.from('a').toString('base64'),
  () => new Request('http://localhost/', { method: 'POST', headers: { a: 'b' }, body: '{}' }).json(),
  () => Response.json({ a: 1 }).json(),
  () => fetch('data:,a').then((response) => response.text()),
  () => Deno.createHttpClient({}).close(),
  () => new URL('/a?b=c', 'http://localhost').searchParams.get('b'),
  () => new URLPattern({ pathname: '/:a' }).exec('http://localhost/b'),
  () => new AbortController().abort(),
  () => new FormData().append('a', new Blob(['b'])),
  () => new ReadableStream({ start: (stream) => stream.close() }).pipeThrough(new TransformStream()).cancel(),
  () => new TextDecoder().decode(new TextEncoder().encode('ä')),
  () => crypto.subtle.digest('SHA-256', crypto.getRandomValues(new Uint8Array(8))),
  () => atob(btoa(crypto.randomUUID())),
  () => structuredClone({ a: 1 }),
  () => new EventTarget().dispatchEvent(new CustomEvent('a')),
  () => WebSocket.CONNECTING,
  () => new Intl.DateTimeFormat('en').format(0),
  () => Deno.inspect({ a: [1] }),
  () => performance.now(),
]

export async function rehearse() {
  for (const use of uses) {
    try {
      await use()
    } catch {
      // What it is denied, functions are denied too.
    }
  }
}
