// `Supabase.ai` of Supabase's runtime: models behind an API that `AI_INFERENCE_API_HOST` names, ollama's or one like OpenAI's.
// The one model that runs within Supabase's own process, gte-small, is not here (supabase/edge-runtime, ext/ai/js/ai.js).

const protocols = {
  ollama: {
    path: '/api/generate',
    body: (prompt) => ({ prompt }),
    isLast: ({ done }) => done === true,
  },
  openaicompatible: {
    path: '/v1/chat/completions',
    body: (prompt) => prompt,
    isLast({ choices }) {
      const reason = choices[0].finish_reason
      if (reason && reason !== 'stop') throw new Error('Expected a completed response.')
      return reason === 'stop'
    },
  },
}

/** Answers what the model says: one message, or with `stream` each as it comes. */
export async function run(model, prompt, { mode = 'ollama', stream = false, timeout = 60, signal } = {}) {
  const host = model === 'gte-small' ? undefined : Deno.env.get('AI_INFERENCE_API_HOST')
  if (!host) throw new Error(`Supabase.ai has no model ${model} here: ${advice(model)}`)
  const protocol = protocols[mode]
  if (!protocol) throw new TypeError(`invalid mode: ${mode}`)
  const response = await fetch(new URL(protocol.path, host), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, ...protocol.body(prompt) }),
    signal: AbortSignal.any([AbortSignal.timeout(timeout * 1000), ...(signal ? [signal] : [])]),
  })
  if (!response.ok) throw new Error(`Failed to fetch inference API host. Status ${response.status}`)
  if (stream) return messages(response.body, protocol)
  const message = checked(await response.json())
  if (!protocol.isLast(message)) throw new Error('Expected a completed response.')
  return message
}

function advice(model) {
  return model === 'gte-small'
    ? 'ask another service for embeddings'
    : 'set AI_INFERENCE_API_HOST to a server of ollama, or to one like OpenAI’s'
}

async function* messages(body, { isLast }) {
  for await (const line of lines(body)) {
    const text = line.replace(/^data:\s*/, '')
    if (text === '' || text === '[DONE]' || text.startsWith(':')) continue
    const message = checked(JSON.parse(text))
    yield message
    if (isLast(message)) return
  }
  throw new Error('Did not receive done or success response in stream.')
}

async function* lines(body) {
  let rest = ''
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split(/\r?\n/)
    rest = parts.pop()
    yield* parts
  }
  yield rest
}

function checked(message) {
  if (!message.error) return message
  throw new Error(typeof message.error === 'string' ? message.error : (message.error.message ?? 'The model failed.'))
}
