/**
 * zshCompletion: a script that completes the command line in zsh, with the help text of each flag beside it.
 */
import type { CommandDescription, FlagDescription } from '../describe/describe-command.ts'
import { commonFlags } from '../describe/describe-command.ts'
import { flagValues, positionalValues, type Values } from './flag-values.ts'

export function zshCompletion(commands: readonly CommandDescription[]): string {
  const names = commands.map(({ name, describe }) => `        ${quote(`${name}:${describe}`)}`)
  return `#compdef userspace-proxy
# zsh completion of userspace-proxy: source it behind compinit, or put it into a
# folder of $fpath as _userspace-proxy
_userspace_proxy() {
  local context state state_descr line
  local -a commands
  typeset -A opt_args
  _arguments -C '1: :->command' '*:: :->argument' && return 0
  case $state in
    command)
      commands=(
${names.join('\n')}
      )
      _describe -t commands command commands
      ;;
    argument)
      case $words[1] in
${commands.map(commandCase).join('\n')}
      esac
      ;;
  esac
}
if [[ $funcstack[1] == _userspace-proxy ]]; then _userspace_proxy "$@"
else compdef _userspace_proxy userspace-proxy; fi
`
}

function commandCase({ name, flags, positionals }: CommandDescription): string {
  const specs = [
    ...positionals.map(
      (positional, i) =>
        `${i + 1}:${positional.name}:${action(positionalValues(name, positional.name))}`,
    ),
    ...[...flags, ...commonFlags].flatMap((flag) => flagSpecs(name, flag)),
  ]
  const lines = specs.map((spec) => ` \\\n            ${quote(spec)}`)
  return `        ${name})\n          _arguments${lines.join('')}\n          ;;`
}

function flagSpecs(command: string, flag: FlagDescription): string[] {
  const { name, short, kind } = flag
  const text = `[${flag.describe.replaceAll(/[[\]:]/g, '\\$&')}]`
  const values = `${name}:${action(flagValues(command, name))}`
  const long =
    kind === 'switch'
      ? `--${name}${text}`
      : kind === 'list'
        ? `*--${name}${text}:*-*:${values}`
        : `--${name}=${text}:${values}`
  if (short === undefined) return [long]
  return [long, kind === 'switch' ? `-${short}${text}` : `-${short}${text}:${values}`]
}

function action(values: Values): string {
  if (values === 'files') return '_files'
  return values.length === 0
    ? ' '
    : `(${values.map((value) => value.replaceAll(':', '\\:')).join(' ')})`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
