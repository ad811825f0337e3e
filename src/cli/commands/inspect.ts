import { Command } from 'commander'
import type { InspectAllOptions, InspectOptions } from '../inspect/index.ts'
import { reports } from '../inspect-reports.ts'
import { outputOption, withDatabase, withExamples } from '../options.ts'

export function inspectCommand(): Command {
  const db = new Command('db').description('Reports on the database as it is at work')
  for (const report of reports) {
    const { name, what, formerly = [] } = report
    const command = reportCommand(name, `Show ${what}`).action(async (options: InspectOptions) => {
      const { inspectDb } = await import('../inspect/index.ts')
      await inspectDb(report, options)
    })
    db.addCommand(command.aliases(formerly))
  }
  return new Command('inspect').description('Look at how the database does').addCommand(db).addCommand(allCommand())
}

function reportCommand(name: string, description: string): Command {
  return withDatabase(new Command(name))
    .description(description)
    .addOption(outputOption(['table', 'pretty', 'json', 'csv'], 'table'))
}

function allCommand(): Command {
  const command = withDatabase(new Command('report'))
    .description('Write all reports as CSV, into a folder of the date')
    .option('--output-dir <dir>', 'where that folder is made', '.')
    .action(async (options: InspectAllOptions) => {
      const { inspectAll } = await import('../inspect/index.ts')
      await inspectAll(options)
    })
  return withExamples(command, [['portico inspect report --output-dir reports', 'reports/2026-01-31/bloat.csv …']])
}
