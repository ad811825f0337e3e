import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveFunctions, type TestFunctions } from './test-functions.ts'

/** Answers as ollama and OpenAI do: one message, or several as they come. */
const models = createServer(async (request, response) => {
  const { model, stream, prompt, messages } = JSON.parse(await text(request))
  if (model === 'missing') return void response.writeHead(404).end()
  if (model === 'failing') return void response.end('{"error":"out of memory"}\n')
  const said = prompt ?? messages[0].content
  if (request.url === '/api/generate') {
    const last = JSON.stringify({ response: `${model}: ${said}`, done: true })
    if (!stream) return void response.end(last)
    // Pieces end anywhere.
    response.write('{"response":"thin')
    response.write(`king","done":false}\n${last}`)
    return void response.end()
  }
  const chunk = (content: string, finish_reason: string | null) =>
    `data: ${JSON.stringify({ choices: [{ delta: { content }, finish_reason }] })}\n\n`
  if (stream) return void response.end(`: hello\n\n${chunk('thinking', null)}${chunk(said, 'stop')}data: [DONE]\n\n`)
  response.end(JSON.stringify({ choices: [{ message: { content: said }, finish_reason: 'stop' }] }))
})

let functions: TestFunctions
beforeAll(async () => {
  models.listen(0, '127.0.0.1')
  await once(models, 'listening')
  functions = await serveFunctions({
    '.env': `AI_INFERENCE_API_HOST=http://127.0.0.1:${(models.address() as AddressInfo).port}\n`,
    'ask/index.ts': `
      const embedding = new Supabase.ai.Session('gte-small')
      Deno.serve(async (request) => {
        const { model, prompt, ...options } = await request.json()
        try {
          const session = model === 'gte-small' ? embedding : new Supabase.ai.Session(model)
          const answer = await session.run(prompt, options)
          return Response.json(options.stream ? await Array.fromAsync(answer) : answer)
        } catch (error) {
          return Response.json({ error: error.message }, { status: 500 })
        }
      })`,
  })
})
afterAll(async () => {
  await functions?.[Symbol.asyncDispose]()
  models.close()
})

const chat = { messages: [{ role: 'user', content: 'hi' }] }
test.each<[what: string, asked: object, answer: unknown]>([
  ['ollama', { model: 'llama', prompt: 'hi' }, { response: 'llama: hi', done: true }],
  [
    'ollama, as it comes',
    { model: 'llama', prompt: 'hi', stream: true },
    [
      { response: 'thinking', done: false },
      { response: 'llama: hi', done: true },
    ],
  ],
  [
    'one like OpenAI’s',
    { model: 'gpt', prompt: chat, mode: 'openaicompatible' },
    expect.objectContaining({ choices: [expect.objectContaining({ message: { content: 'hi' } })] }),
  ],
  [
    'one like OpenAI’s, as it comes',
    { model: 'gpt', prompt: chat, mode: 'openaicompatible', stream: true },
    [expect.anything(), { choices: [{ delta: { content: 'hi' }, finish_reason: 'stop' }] }],
  ],
  ['a model that is not there', { model: 'missing', prompt: 'hi' }, { error: expect.stringContaining('Status 404') }],
  ['a model that fails', { model: 'failing', prompt: 'hi' }, { error: 'out of memory' }],
  ['a protocol that is none', { model: 'llama', prompt: 'hi', mode: 'other' }, { error: 'invalid mode: other' }],
  [
    'the model of Supabase’s own runtime',
    { model: 'gte-small', prompt: 'hi' },
    { error: 'Supabase.ai has no model gte-small here: ask another service for embeddings' },
  ],
])('Supabase.ai asks %s', async (_what, asked, answer) => {
  const response = await functions.call('ask', { method: 'POST', body: JSON.stringify(asked) })
  expect(await response.json()).toEqual(answer)
})
