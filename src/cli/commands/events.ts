import { Command, Option } from 'commander'
import type { ListOptions, ReplayOptions } from '../events/index.ts'
import { outputOption, wholeNumber, withDatabase, withExamples } from '../options.ts'

export function eventsCommand(): Command {
  return new Command('events')
    .description('Look at the event log: webhooks and cron jobs, delivered, waiting or dead')
    .addCommand(listCommand())
    .addCommand(deadCommand())
    .addCommand(replayCommand())
}

function listCommand(): Command {
  const command = withLimit(withDatabase(new Command('list')))
    .description('List events, the latest first')
    .addOption(new Option('--state <state>', 'only these').choices(['pending', 'delivered', 'dead', 'replayed']))
    .option('--name <name>', 'only those of a webhook (schema.table.trigger) or cron job')
    .addOption(outputOption(['table', 'json', 'csv'], 'table'))
    .action(async (options: ListOptions) => {
      const { listEvents } = await import('../events/index.ts')
      await listEvents(options)
    })
  return withExamples(command, [
    ['portico events list', 'what was delivered, and what waits'],
    ['portico events list --state pending -o json', 'what waits, for a program'],
  ])
}

function deadCommand(): Command {
  return withLimit(withDatabase(new Command('dead')))
    .description('List dead letters: events that all attempts failed to deliver')
    .option('--name <name>', 'only those of a webhook (schema.table.trigger)')
    .addOption(outputOption(['table', 'json', 'csv'], 'table'))
    .action(async (options: ListOptions) => {
      const { listEvents } = await import('../events/index.ts')
      await listEvents({ ...options, state: 'dead' })
    })
}

function replayCommand(): Command {
  const command = withDatabase(new Command('replay'))
    .description('Have events delivered again, after all that is in the log')
    .argument('[ids...]', 'of dead letters, or of events that were delivered')
    .option('--all', 'all dead letters')
    .option('--name <name>', 'with --all: only those of a webhook (schema.table.trigger)')
    .action(async (ids: string[], options: ReplayOptions) => {
      const { replayEvents } = await import('../events/index.ts')
      await replayEvents(ids, options)
    })
  return withExamples(command, [
    ['portico events replay 1042', 'one event'],
    ['portico events replay --all --name public.orders.paid', 'all dead letters of a webhook'],
  ])
}

function withLimit(command: Command): Command {
  return command.option('--limit <count>', 'at most so many', wholeNumber, 50)
}
