import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { syncFolder } from '#disk'
import type { Bundle } from '../bundle/index.ts'
import type { FunctionPackage } from './package.ts'

/** One version of a function that was deployed. */
export interface Deployment {
  readonly number: number
  readonly verifyJwt: boolean
  readonly at: string
  /** What the project folder had at that time; undefined: no such function. A folder that has changed since is newer. */
  readonly replaces: string | undefined
  readonly bundle: Bundle
}

/** Functions that were deployed into this data folder, each in numbered versions of which one is current. */
export interface Deployments {
  names(): readonly string[]
  current(name: string): Deployment | undefined
  /** All that are kept, the newest first. */
  versions(name: string): readonly Deployment[]
  /** Keeps a new version and makes it the current one, both or neither, durably. */
  deploy(name: string, content: FunctionPackage, replaces: string | undefined): Promise<Deployment>
  /**
   * Makes an earlier version the current one: the one before it unless a number is given.
   * @returns undefined when there is none
   */
  rollBack(name: string, to?: number): Promise<Deployment | undefined>
}

const keptVersions = 10

const recordShape = z.object({
  number: z.int(),
  verifyJwt: z.boolean(),
  at: z.string(),
  entry: z.string(),
  replaces: z.string().optional(),
})

/** The folder of a function's versions; no function is called so. */
const folderOf = (name: string) => `${name}.deployed`

export function openDeployments(bundles: string): Deployments {
  const known = new Map<string, Deployment[]>()
  const currents = new Map<string, number>()
  let last: Promise<unknown> = Promise.resolve()

  for (const folder of existsSync(bundles) ? readdirSync(bundles) : []) {
    const name = /^(.+)\.deployed$/.exec(folder)?.[1]
    const current = name === undefined ? undefined : numberIn(join(bundles, folder, 'current'))
    if (name === undefined || current === undefined) continue
    const versions = readdirSync(join(bundles, folder)).flatMap((entry) => read(name, entry) ?? [])
    known.set(
      name,
      versions.sort((a, b) => b.number - a.number),
    )
    currents.set(name, current)
  }

  function read(name: string, entry: string): Deployment | undefined {
    try {
      const file = join(bundles, folderOf(name), entry, 'deployment.json')
      return deploymentOf(name, recordShape.parse(JSON.parse(readFileSync(file, 'utf8'))))
    } catch {
      return undefined
    }
  }

  function deploymentOf(name: string, record: z.infer<typeof recordShape>): Deployment {
    const { entry, replaces, ...rest } = record
    const folder = folderOf(name)
    const url = pathToFileURL(join(bundles, folder, String(record.number), entry)).href
    return { ...rest, replaces, bundle: { entry: url, folder, version: `deployed ${record.number}` } }
  }

  const current = (name: string) => known.get(name)?.find(({ number }) => number === currents.get(name))

  /** One change at a time: two deployments of a function must not take the same number. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work, work)
    last = turn.catch(() => {})
    return turn
  }

  async function makeCurrent(name: string, number: number): Promise<void> {
    const file = join(bundles, folderOf(name), 'current')
    await writeDurably(`${file}.next`, String(number))
    await rename(`${file}.next`, file)
    await syncFolder(dirname(file))
    currents.set(name, number)
  }

  return {
    names: () => [...currents.keys()],
    current,
    versions: (name) => known.get(name) ?? [],
    deploy: (name, { verifyJwt, entry, files }, replaces) =>
      inTurn(async () => {
        const versions = known.get(name) ?? []
        const number = (versions[0]?.number ?? 0) + 1
        const folder = join(bundles, folderOf(name), String(number))
        await rm(folder, { recursive: true, force: true })
        for (const [path, content] of Object.entries(files)) {
          await mkdir(dirname(join(folder, path)), { recursive: true })
          await writeDurably(join(folder, path), Buffer.from(content, 'base64'))
        }
        const record = {
          number,
          verifyJwt,
          at: new Date().toISOString(),
          entry,
          ...(replaces !== undefined && { replaces }),
        }
        await writeDurably(join(folder, 'deployment.json'), JSON.stringify(record))
        await syncFolder(folder)
        const deployment = deploymentOf(name, record)
        await makeCurrent(name, number)
        known.set(name, [deployment, ...versions].slice(0, keptVersions))
        for (const { number: old } of [deployment, ...versions].slice(keptVersions)) {
          await rm(join(bundles, folderOf(name), String(old)), { recursive: true, force: true })
        }
        return deployment
      }),
    rollBack: (name, to) =>
      inTurn(async () => {
        const before = currents.get(name) ?? 0
        const target = (known.get(name) ?? []).find(({ number }) =>
          to === undefined ? number < before : number === to,
        )
        if (target) await makeCurrent(name, target.number)
        return target
      }),
  }
}

function numberIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

async function writeDurably(file: string, content: string | Buffer): Promise<void> {
  await writeFile(file, content, { flush: true })
}
