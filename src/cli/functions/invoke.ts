import { text } from 'node:stream/consumers'
import { backendOf } from '../backend.ts'
import type { ProjectOptions } from '../options.ts'

export interface InvokeOptions extends ProjectOptions {
  /** `-`: standard input. */
  readonly body?: string
  readonly method: string
  /** `name: value` */
  readonly header?: readonly string[]
  readonly as: 'anon' | 'service_role'
}

/** Calls a function and prints its body; anything but success ends the process with status 1. */
export async function invokeFunction(name: string, options: InvokeOptions): Promise<void> {
  const { url, anonKey, secretKey } = backendOf(options)
  const body = options.body === '-' ? await text(process.stdin) : options.body
  const method = options.method.toUpperCase()
  const headers = new Headers({ authorization: `Bearer ${options.as === 'anon' ? anonKey : secretKey}` })
  if (body !== undefined) headers.set('content-type', isJson(body) ? 'application/json' : 'text/plain')
  for (const line of options.header ?? []) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  const response = await fetch(`${url}/functions/v1/${name}`, { method, headers, ...(body !== undefined && { body }) })
  if (!response.ok) {
    console.error(`${response.status} ${response.headers.get('sb-error-code') ?? response.statusText}`.trimEnd())
    process.exitCode = 1
  }
  for await (const chunk of response.body ?? []) process.stdout.write(chunk)
  if (process.stdout.isTTY) process.stdout.write('\n')
}

function isJson(body: string): boolean {
  try {
    JSON.parse(body)
    return true
  } catch {
    return false
  }
}
