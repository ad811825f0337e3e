import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Config } from '#config'
import type { Caller, CallerPool } from '#database'
import type { Observe } from '#observe'
import { repeat } from '#turns'
import { answerError, tellError } from './answer-error.ts'
import { type Backend, gatheringTime, openBackend } from './backend/index.ts'
import { createDatabase } from './database/index.ts'
import { StorageError } from './errors/index.ts'
import { createImageCache, createImages } from './images/index.ts'
import { drain } from './receiving/index.ts'
import { routes } from './routes/index.ts'
import { s3KeyPair, s3Region } from './s3-keys.ts'
import { type BucketSeed, seedBuckets } from './seed/index.ts'
import { type Swept, sweep } from './sweep.ts'
import { createSignedTokens } from './tokens.ts'

/** What Storage needs of the configuration. */
export interface StorageSettings extends Pick<Config, 'dataFolder'> {
  readonly keys: Pick<Config['keys'], 'jwtSecret' | 'serviceRoleKey' | 'anonKey' | 'publishableKey'>
  readonly storage: Pick<Config['storage'], 'fileSizeLimit' | 'backend' | 's3' | 's3Protocol' | 'imageTransformation'>
}

/** What Storage needs of the rest. */
export interface StorageOptions {
  readonly config: StorageSettings
  readonly callers: CallerPool
  /** Answers whose token it is; throws for one that is not good. */
  readonly verify: (token: string) => Promise<Caller>
  readonly observe: Observe
  /** Where bytes are kept; what the configuration says unless given. */
  readonly backend?: Backend
}

/** The Storage API over row-level security and a store of bytes. */
export interface StorageService {
  /** Answers a request whose path begins behind the mount point: `/object/BUCKET/NAME`. */
  fetch(request: Request): Promise<Response>
  /** The same, with the body beside the request. */
  fetchIncoming(request: Request, body: Readable): Promise<Response>
  /** Creates the buckets of the configuration and uploads their files. Throws SEED_OBJECT_FAILED. */
  seedBuckets(buckets: Readonly<Record<string, BucketSeed>>): Promise<void>
  /**
   * Removes bytes that no row names and that were last touched before that time; an hour ago unless given. Uploads that
   * are gathered over several requests have a day, unless a second time is given.
   */
  sweep(before?: Date, gatheredBefore?: Date): Promise<Swept>
  close(): Promise<void>
}

const minute = 60 * 1000
const hour = 60 * minute

/** Storage over the rows of `storage.objects` and a backend that keeps bytes. */
export function createStorage(options: StorageOptions): StorageService {
  const { config, callers, verify, observe } = options
  const { fileSizeLimit } = config.storage
  const tell = (error: unknown) => tellError(error, observe)
  const stores = {
    database: createDatabase(callers),
    backend: options.backend ?? openBackend(config),
    observe,
  }
  const app = routes({
    stores,
    tokens: createSignedTokens(config.keys.jwtSecret),
    verify,
    fileSizeLimit,
    tellError: tell,
    images: config.storage.imageTransformation.enabled
      ? createImages(stores, createImageCache(join(config.dataFolder, 'images')))
      : undefined,
    s3: config.storage.s3Protocol.enabled
      ? { ...s3Options(config.keys), stores, verify, fileSizeLimit, tellError: tell }
      : undefined,
  })
    .notFound((c) => {
      const { pathname } = new URL(c.req.url)
      throw new StorageError('NotFound', { message: `Route ${c.req.method}:${pathname} not found` })
    })
    .onError((error) => answerError(error, observe))

  const sweepOnce = (before = ago(hour), gatheredBefore = ago(gatheringTime)) => sweep(stores, before, gatheredBefore)
  const sweeps = repeat([minute, hour], async () => {
    try {
      await sweepOnce()
    } catch (error) {
      observe({ kind: 'message', level: 'warn', text: 'the sweep of stored bytes failed', error })
    }
  })

  return {
    fetch: async (request) => await app.fetch(request, {}),
    async fetchIncoming(request, incoming) {
      const response = await app.fetch(request, { incoming })
      if (!response.ok) await drain(request.headers, incoming)
      return response
    },
    seedBuckets: (buckets) => seedBuckets(stores, buckets, fileSizeLimit),
    sweep: sweepOnce,
    close: () => sweeps.stop(),
  }
}

function s3Options({ jwtSecret, serviceRoleKey, anonKey, publishableKey }: StorageSettings['keys']) {
  const keys = { ...s3KeyPair(jwtSecret), token: serviceRoleKey, publicKeys: [anonKey, publishableKey] }
  return { keys, region: s3Region }
}

function ago(milliseconds: number): Date {
  return new Date(Date.now() - milliseconds)
}
