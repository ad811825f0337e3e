import type { PgFunction, Table } from '#database'
import { noMediaType } from '../errors/index.ts'
import type { MediaHandlers, Model } from '../model/index.ts'
import { json, type MediaType, type Query, type RestRequest, readMediaType } from '../request/index.ts'
import type { Answer } from './plan.ts'
import { shownBy } from './representations.ts'

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

/** How many rows a change may be of (`Prefer: handling=strict, max-affected=…`). */
export function atMostOf({ preferences }: RestRequest): Pick<Answer, 'atMost'> {
  const { handling, maxAffected: most } = preferences
  return handling === 'strict' && most !== undefined ? { atMost: most } : {}
}

/**
 * What takes rows of a table takes them as they are: not some of the columns, and none that is shown otherwise; what
 * takes the value of a function takes all of it.
 */
export function ownHandlers(model: Model, of: Table | PgFunction, query: Query): OwnHandlers {
  const { ofAny, ofTable, ofFunction } = model.handlers
  if (!selectsAll(query)) return { own: undefined, ofAny }
  if (!('columns' in of)) return { own: ofFunction(of), ofAny }
  const isWhole = !of.columns.some(({ type }) => shownBy(model, type).show)
  return { own: isWhole ? ofTable(of) : undefined, ofAny }
}

function selectsAll({ select }: Query): boolean {
  const [only, another] = select
  if (!only) return true
  return !another && only.kind === 'field' && only.field.name === '*' && !only.aggregate
}
