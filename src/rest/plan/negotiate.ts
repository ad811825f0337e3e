import { noMediaType } from '../errors/index.ts'
import { json, type MediaType, type RestRequest } from '../request/index.ts'
import type { Answer } from './plan.ts'

export interface AnswerSettings {
  readonly maxRows: number | undefined
  readonly plans: boolean
}

type Offered = Pick<Answer, 'media' | 'body' | 'explain'>

/** The first form that the client accepts and that can be given. @throws RestError PGRST107 */
export function negotiate(request: RestRequest, settings: AnswerSettings, raw: boolean): Answer {
  const { accepts, preferences, action, headOnly } = request
  const offered = accepts.map((media) => offer(media, settings, raw)).find((one) => one !== undefined)
  if (!offered) throw noMediaType(accepts.map(({ text }) => text))
  const changes = action === 'insert' || action === 'update' || action === 'upsert' || action === 'delete'
  const bodiless = headOnly || (changes && preferences.return !== 'representation')
  const { count } = preferences
  return {
    ...offered,
    body: bodiless ? 'none' : offered.body,
    single: offered.body === 'object' || offered.body === 'object-stripped',
    ...(count && { count }),
    maxRows: settings.maxRows,
  }
}

function offer(media: MediaType, settings: AnswerSettings, raw: boolean): Offered | undefined {
  switch (media.kind) {
    case 'any':
      return { media: json, body: 'json' }
    case 'json':
    case 'csv':
    case 'geojson':
    case 'object':
    case 'object-stripped':
    case 'array-stripped':
      return { media, body: media.kind }
    // A scalar as it is.
    case 'text':
    case 'xml':
    case 'binary':
      return raw ? { media, body: media.kind } : undefined
    case 'plan': {
      if (!settings.plans || !media.plan) return undefined
      const inner = offer(media.plan.for, settings, raw)
      return inner && { media, body: inner.body, explain: media.plan }
    }
    default:
      return undefined
  }
}
