import { Command, InvalidArgumentError, Option } from 'commander'
import type {
  DeployOptions,
  InvokeOptions,
  ListOptions,
  LogsOptions,
  RollbackOptions,
  ServeOptions,
} from '../functions/index.ts'
import {
  outputOption,
  type ProjectOptions,
  portNumber,
  takesSilently,
  withExamples,
  withProject,
  withTarget,
} from '../options.ts'
import { structuredForms } from '../structured.ts'

const operatorKey = 'its operator key is read from PORTICO_OPERATOR_KEY'

export function functionsCommand(): Command {
  return new Command('functions')
    .description('Make, call, watch and deploy edge functions')
    .addCommand(listCommand())
    .addCommand(newCommand())
    .addCommand(serveCommand())
    .addCommand(invokeCommand())
    .addCommand(logsCommand())
    .addCommand(deployCommand())
    .addCommand(rollbackCommand())
}

function listCommand(): Command {
  return withProject(new Command('list'))
    .description('List the functions: of the running backend with versions and processes, else of the project')
    .addOption(outputOption(['table', 'pretty', ...structuredForms], 'table'))
    .action(async (options: ListOptions) => {
      const { listFunctions } = await import('../functions/index.ts')
      await listFunctions(options)
    })
}

function newCommand(): Command {
  const command = withProject(new Command('new'))
    .description('Make a function that answers, in supabase/functions/NAME')
    .argument('<name>', 'a letter, then letters, digits, hyphens and underscores')
    .action(async (name: string, options: ProjectOptions) => {
      const { newFunction } = await import('../functions/index.ts')
      await newFunction(name, options)
    })
  return withExamples(command, [['portico functions new resize', 'served at /functions/v1/resize at once']])
}

function serveCommand(): Command {
  const command = withProject(new Command('serve'))
    .description('Serve the functions alone, without a database; beside a running backend, show their logs')
    .option('--port <port>', 'where to listen (default: [api] port of config.toml)', portNumber)
    .option('--env-file <file>', 'their variables (default: supabase/functions/.env)')
    .option('--import-map <file>', 'an import map for all of them, in place of their own')
    .addOption(new Option('--all').hideHelp())
    .addOption(new Option('--inspect').hideHelp())
    .addOption(new Option('--inspect-mode <mode>').hideHelp())
    .addOption(new Option('--inspect-main').hideHelp())
    .option('--no-verify-jwt', 'let calls in without a token, whatever config.toml says')
    .argument('[names...]', "may be given, as Supabase's CLI once asked for one; all are served")
    .action(async (_names: string[], options: ServeOptions) => {
      const { serveFunctions } = await import('../functions/index.ts')
      await serveFunctions(options)
    })
  return withExamples(command, [['portico functions serve', 'an edit is live with the next request']])
}

function invokeCommand(): Command {
  const command = withProject(new Command('invoke'))
    .description('Call a function of the running backend and print what it answers')
    .argument('<name>', 'the function, and what follows its name in the path')
    .option('--body <json>', 'the body; - reads it from standard input')
    .option('--method <method>', 'the HTTP method', 'POST')
    .option('--header <header...>', "as 'name: value'", headerLine)
    .addOption(new Option('--as <role>', 'whose key to send').choices(['anon', 'service_role']).default('anon'))
    .action(async (name: string, options: InvokeOptions) => {
      const { invokeFunction } = await import('../functions/index.ts')
      await invokeFunction(name, options)
    })
  return withExamples(command, [[`portico functions invoke hello --body '{"name":"Ada"}'`, 'prints its answer']])
}

function logsCommand(): Command {
  const command = withProject(new Command('logs'))
    .description('Print what functions of the running backend wrote lately')
    .argument('[name]', 'only this one')
    .option('-f, --follow', 'go on printing until Ctrl-C')
    .option('--json', 'as JSON lines')
    .action(async (name: string | undefined, options: LogsOptions) => {
      const { showLogs } = await import('../functions/index.ts')
      await showLogs(name, options)
    })
  return withExamples(command, [['portico functions logs resize -f', 'read along']])
}

function deployCommand(): Command {
  const builders = ['--use-api', '--use-docker', '--legacy-bundle', '-j, --jobs <count>']
  const command = takesSilently(withProject(new Command('deploy')), ...builders)
    .description('Bundle functions and switch the running backend to them, one by one and at once')
    .argument('[names...]', 'which ones (default: all of the project)')
    .action(async (names: string[], options: DeployOptions) => {
      const { deployFunctions } = await import('../functions/index.ts')
      await deployFunctions(names, options)
    })
  return withExamples(withTarget(command, operatorKey), [
    ['portico functions deploy resize', 'a new version; requests in flight finish on the old one'],
    [
      'portico functions deploy --url https://api.example.com',
      'elsewhere, with PORTICO_OPERATOR_KEY in the environment',
    ],
  ])
}

function rollbackCommand(): Command {
  const command = withProject(new Command('rollback'))
    .description('Switch the running backend to an earlier version of a function')
    .argument('<name>', 'the function')
    .option('--to <version>', 'which one (default: the one before)', versionNumber)
    .action(async (name: string, options: RollbackOptions) => {
      const { rollBackFunction } = await import('../functions/index.ts')
      await rollBackFunction(name, options)
    })
  return withExamples(withTarget(command, operatorKey), [
    ['portico functions rollback resize', 'to the version before'],
  ])
}

function headerLine(line: string, before: string[] = []): string[] {
  if (!/^[\w-]+:/.test(line)) throw new InvalidArgumentError("Expected 'name: value'.")
  return [...before, line]
}

function versionNumber(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a version: 1, 2, 3 …')
}
