import { Command, InvalidArgumentError } from 'commander'
import { wholeNumber, withExamples, withProject, withTarget } from '../options.ts'
import type { CopyOptions, ListOptions, MoveOptions, RemoveOptions } from '../storage/index.ts'

export function storageCommand(): Command {
  return new Command('storage')
    .description("Look at and change the running backend's files, addressed as ss:///BUCKET/PATH")
    .addCommand(listCommand())
    .addCommand(copyCommand())
    .addCommand(moveCommand())
    .addCommand(removeCommand())
}

function listCommand(): Command {
  const command = objectsCommand('ls', 'List buckets, or what lies in one')
    .argument('[path]', 'which folder', 'ss:///')
    .action(async (path: string, options: ListOptions) => {
      const { list } = await import('../storage/index.ts')
      await list(path, options)
    })
  return withExamples(command, [['portico storage ls -r ss:///photos/2026/', 'all below it']])
}

function copyCommand(): Command {
  const command = objectsCommand('cp', 'Copy files into a bucket, out of one, or within')
    .argument('<source>', 'a file, or ss:///BUCKET/PATH')
    .argument('<target>', 'the same')
    .option('--cache-control <value>', 'how long caches keep it: max-age=SECONDS', maxAge, 3600)
    .option('--content-type <type>', 'what it is (default: by the ending of its name)')
    .option('-j, --jobs <count>', 'so many at once', wholeNumber, 1)
    .action(async (source: string, target: string, options: CopyOptions) => {
      const { copy } = await import('../storage/index.ts')
      await copy(source, target, options)
    })
  return withExamples(command, [
    ['portico storage cp cat.png ss:///photos/', 'ss:///photos/cat.png'],
    ['portico storage cp -r ss:///photos/2026 backup', 'a folder out of a bucket'],
    ['portico storage cp -r ss:///photos backup --url https://PROJECT.supabase.co', 'out of one that is hosted'],
  ])
}

function moveCommand(): Command {
  return objectsCommand('mv', 'Move objects')
    .argument('<source>', 'ss:///BUCKET/PATH')
    .argument('<target>', 'ss:///BUCKET/PATH')
    .action(async (source: string, target: string, options: MoveOptions) => {
      const { move } = await import('../storage/index.ts')
      await move(source, target, options)
    })
}

function removeCommand(): Command {
  const command = objectsCommand('rm', 'Remove objects; with -r folders and buckets')
    .argument('<paths...>', 'ss:///BUCKET/PATH')
    .option('--yes', 'a whole bucket, too')
    .action(async (paths: string[], options: RemoveOptions) => {
      const { remove } = await import('../storage/index.ts')
      await remove(paths, options)
    })
  return withExamples(command, [['portico storage rm -r ss:///photos/2025', 'all below it']])
}

function objectsCommand(name: string, description: string): Command {
  return withTarget(withProject(new Command(name)), 'its secret key is read from SUPABASE_SECRET_KEY')
    .description(description)
    .option('-r, --recursive', 'with all below it')
}

function maxAge(text: string): number {
  const [, seconds] = /^(?:max-age=)?(\d{1,9})$/.exec(text) ?? []
  if (seconds !== undefined) return Number(seconds)
  throw new InvalidArgumentError('Expected max-age=SECONDS.')
}
