/**
 * The command line: a file a command in `commands/`, which says its options, and a folder for what the command does.
 *
 * Begin at `program.ts`. Tests: `test/cli`, which run the command as people do.
 */
export { run } from './run.ts'
