/**
 * `completion bash|zsh`: prints a script that completes the command line in that shell.
 */
import { CommandError } from '../command-error.ts'
import type { Command } from '../command.ts'
import { bashCompletion } from '../completion/bash-completion.ts'
import { zshCompletion } from '../completion/zsh-completion.ts'
import { describeCommand } from '../describe/describe-command.ts'
import { Flags } from '../flags.ts'
import { StandardOutput } from '../standard-output.ts'

const scripts = { bash: bashCompletion, zsh: zshCompletion }

/** @param commands all there are, this one too, once they are known */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    command: 'completion [shell]',
    describe: 'Print a script that completes commands and flags',
    builder: (yargs) =>
      yargs
        .positional('shell', { type: 'string', describe: 'bash or zsh' })
        .example('$0 completion bash', 'source <(userspace-proxy completion bash)')
        .example('$0 completion zsh', 'source it behind compinit'),
    handler: async (argv) => {
      const shell = new Flags(argv).text('shell')
      if (!Object.hasOwn(scripts, shell)) {
        const what = shell === '' ? 'completion for which shell?' : `there is no ${shell} here;`
        throw new CommandError(`${what} bash or zsh would be right`, {
          exitCode: 2,
          hint: 'userspace-proxy completion bash',
        })
      }
      const output = new StandardOutput()
      const descriptions = commands().flatMap((command) => describeCommand(command) ?? [])
      output.print(scripts[shell as keyof typeof scripts](descriptions).trimEnd())
      await output.flush()
    },
  }
}
