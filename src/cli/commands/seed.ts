import { Command } from 'commander'
import type { ProjectOptions } from '../options.ts'
import { takesSilently, withExamples, withProject } from '../options.ts'

export function seedCommand(): Command {
  return new Command('seed').description('Bring in what config.toml declares').addCommand(bucketsCommand())
}

function bucketsCommand(): Command {
  const command = takesSilently(withProject(new Command('buckets')), '--local')
    .description('Make the buckets of [storage.buckets], with the files of objects_path; nothing is thrown away')
    .action(async (options: ProjectOptions) => {
      const { seedBuckets } = await import('../database/index.ts')
      await seedBuckets(options)
    })
  return withExamples(command, [['portico seed buckets', 'after an edit of config.toml, under the running backend']])
}
