import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { syncFolder, writeDurably } from '#disk'
import { errorMessage, PorticoError } from '#errors'
import { opaqueKey } from './opaque-key.ts'

/** A project's own secrets: made once, kept in its data folder. */
const secretsSchema = z.object({
  /** Seconds since 1970; the `iat` of the legacy keys. */
  createdAt: z.number().int(),
  jwtSecret: z.string().min(32),
  publishableKey: z.string().startsWith('sb_publishable_'),
  secretKey: z.string().startsWith('sb_secret_'),
  databasePassword: z.string().min(16),
})

export type OwnSecrets = z.output<typeof secretsSchema>

/**
 * The secrets of the data folder, made at the first call. Whoever of several processes comes first makes them; the
 * file is readable by its owner alone and never half-written.
 */
export async function ownSecrets(dataFolder: string): Promise<OwnSecrets> {
  const path = join(dataFolder, 'secrets.json')
  return (await readSecrets(path)) ?? (await createSecrets(path, dataFolder)) ?? unreadable(path, 'it vanished')
}

async function readSecrets(path: string): Promise<OwnSecrets | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return unreadable(path, errorMessage(error))
  }
  try {
    return secretsSchema.parse(JSON.parse(text))
  } catch {
    return unreadable(path, 'it is damaged; without it new secrets are made, and keys and tokens in use end')
  }
}

async function createSecrets(path: string, dataFolder: string): Promise<OwnSecrets | undefined> {
  const secrets: OwnSecrets = {
    createdAt: Math.floor(Date.now() / 1000),
    jwtSecret: randomBytes(48).toString('base64url'),
    publishableKey: opaqueKey('sb_publishable_'),
    secretKey: opaqueKey('sb_secret_'),
    databasePassword: randomBytes(24).toString('base64url'),
  }
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 })
    await writeDurably(draft, `${JSON.stringify(secrets, null, 2)}\n`)
    await publish(draft, path)
    await syncFolder(dataFolder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return unreadable(path, errorMessage(error))
  } finally {
    await rm(draft, { force: true })
  }
  return readSecrets(path)
}

/** Gives the draft its name; fails with EEXIST if another process was first. */
async function publish(draft: string, path: string): Promise<void> {
  try {
    await link(draft, path)
  } catch (error) {
    // Some file systems have no links: then the last of several processes wins.
    if (!['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(String((error as NodeJS.ErrnoException).code)))
      throw error
    await rename(draft, path)
  }
}

function unreadable(path: string, reason: string): never {
  throw new PorticoError('CONFIG_INVALID', {
    message: `${path}: the project's secrets cannot be kept here: ${reason}`,
    details: { file: path },
  })
}
