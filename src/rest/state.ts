import type { Caller, CatalogWatch } from '#database'
import { createIdentify } from './identify.ts'
import { buildModel, type Model } from './model/index.ts'
import { createDescribe, type Describe } from './openapi/index.ts'
import { createPreparer, type Prepared } from './prepare.ts'
import { createReader, type RawRequest, type ReadRequest } from './request/index.ts'
import { type ApiSettings, type Settings, settingsOf } from './settings.ts'

/** What holds until the database changes. */
export interface State {
  readonly model: Model
  readonly settings: Settings
  /** Undefined where nobody may ask without a token. */
  readonly anonymous: Caller | undefined
  /** Whom a verified token stands for here. */
  readonly identify: (verified: Caller) => Caller
  readonly read: (raw: RawRequest) => ReadRequest
  readonly prepare: (asked: ReadRequest) => Prepared
  readonly describe: Describe
}

export interface StateOptions {
  readonly api: ApiSettings
  readonly catalog: CatalogWatch
  /** Where the world finds the API, unless the database's configuration says otherwise. */
  readonly url: () => string
  readonly rolesAllowed?: ReadonlySet<string> | undefined
}

export function createState({ api, catalog, url, rolesAllowed }: StateOptions): () => State {
  let held: State | undefined
  let version = ''

  return () => {
    const { current } = catalog
    if (held && version === current.version) return held
    const model = buildModel(current)
    const settings = settingsOf(api, current)
    const { schemas, transactionEnd, anonymousRole: role } = settings
    const anonymous = role === undefined ? undefined : { role, claims: Object.freeze({ role }) }
    held = {
      model,
      settings,
      anonymous,
      identify: createIdentify({ settings, anonymous, rolesAllowed }),
      read: createReader({ schemas, mayEndTransaction: transactionEnd.mayChoose }),
      prepare: createPreparer(model, settings),
      describe: createDescribe({ model, settings, privileges: (of) => catalog.privileges(of), url }),
    }
    version = current.version
    return held
  }
}
