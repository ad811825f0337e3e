import { noMediaType } from '../errors/index.ts'
import type { MediaHandlers } from '../model/index.ts'
import { json, type MediaType, type RestRequest, readMediaType } from '../request/index.ts'
import type { Answer } from './plan.ts'

export interface AnswerSettings {
  readonly maxRows: number | undefined
  readonly plans: boolean
}

type Offered = Pick<Answer, 'media' | 'body' | 'explain' | 'handler'>

/** Handlers of the database's own. */
export interface OwnHandlers {
  /** Of the table or function, where all that it has is asked for as it is: they take nothing else. */
  readonly own: MediaHandlers | undefined
  readonly ofAny: MediaHandlers
}

/** The first form that the client accepts and that can be given. @throws RestError PGRST107 */
export function negotiate(request: RestRequest, settings: AnswerSettings, handlers: OwnHandlers): Answer {
  const { accepts, preferences, action, headOnly } = request
  const offered = accepts.map((media) => offer(media, settings, handlers)).find((one) => one !== undefined)
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

function offer(media: MediaType, settings: AnswerSettings, handlers: OwnHandlers): Offered | undefined {
  switch (media.kind) {
    case 'object':
    case 'object-stripped':
    case 'array-stripped':
      return { media, body: media.kind }
    case 'plan': {
      if (!settings.plans || !media.plan) return undefined
      const inner = offer(media.plan.for, settings, handlers)
      return inner && { ...inner, media, explain: media.plan }
    }
  }
  const { own, ofAny } = handlers
  const name = media.text.toLowerCase()
  const handler = own?.get('*/*') ?? own?.get(name) ?? ofAny.get(name)
  if (handler) return { media: readMediaType(handler.media), body: 'handled', handler }
  switch (media.kind) {
    case 'any':
      return { media: json, body: 'json' }
    case 'json':
    case 'csv':
    case 'geojson':
      return { media, body: media.kind }
    default:
      return undefined
  }
}
