import { type Context, Hono } from 'hono'
import { StorageError } from '../errors/index.ts'
import { bodyOf, type Workings } from './environment.ts'

/** `/s3`: the S3 protocol, which is loaded with its first request. */
export function s3Routes({ s3 }: Workings): Hono {
  const app = new Hono()
  const serve = async (c: Context) => {
    if (!s3) throw new StorageError('FeatureNotEnabled', { message: 'The S3 protocol is not enabled', status: 403 })
    const { serveS3 } = await import('../s3/index.ts')
    return await serveS3(c.req.raw, bodyOf(c), s3)
  }
  return app.all('/', serve).all('/*', serve)
}
