import { Command } from 'commander'
import { outputOption } from '../options.ts'
import { type StructuredForm, structuredForms } from '../structured.ts'

export function servicesCommand(): Command {
  return new Command('services')
    .description('Print what a backend consists of, with versions')
    .addOption(outputOption(['pretty', ...structuredForms], 'pretty'))
    .action(async (options: { readonly output: 'pretty' | StructuredForm }) => {
      const { services } = await import('../services.ts')
      services(options)
    })
}
