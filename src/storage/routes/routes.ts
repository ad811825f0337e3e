import { Hono } from 'hono'
import { bucketRoutes } from './buckets.ts'
import { downloadRoutes } from './downloads.ts'
import type { Workings } from './environment.ts'
import { imageRoutes } from './images.ts'
import { infoRoutes } from './info.ts'
import { listingRoutes } from './listing.ts'
import { removalRoutes } from './removals.ts'
import { resumableRoutes } from './resumable.ts'
import { s3Routes } from './s3.ts'
import { signedDownloadRoutes } from './signed-downloads.ts'
import { signedUploadRoutes } from './signed-uploads.ts'
import { transferRoutes } from './transfers.ts'
import { uploadRoutes } from './uploads.ts'

/** The release of supabase/storage whose answers these are. */
const version = 'v1.70.6-portico'

/** The Storage API. Paths with a word of their own come before those where a bucket's name may stand. */
export function routes(workings: Workings): Hono {
  const [buckets, resumable] = [bucketRoutes(workings), resumableRoutes(workings)]
  return new Hono()
    .get('/status', (c) => c.body(null))
    .get('/version', (c) => c.text(version))
    .route('/bucket', buckets)
    .route('/bucket/', buckets)
    .route('/s3', s3Routes(workings))
    .route('/render/image', imageRoutes(workings))
    .route('/upload/resumable', resumable)
    .route('/upload/resumable/', resumable)
    .route('/object', listingRoutes(workings))
    .route('/object', transferRoutes(workings))
    .route('/object', signedDownloadRoutes(workings))
    .route('/object', signedUploadRoutes(workings))
    .route('/object', infoRoutes(workings))
    .route('/object', downloadRoutes(workings))
    .route('/object', uploadRoutes(workings))
    .route('/object', removalRoutes(workings))
}
