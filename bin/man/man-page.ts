/**
 * manPage: userspace-proxy(1), in the man macros of roff, from what the commands say of themselves.
 *
 * @see man(7), groff_man(7)
 */
import type { CommandDescription, FlagDescription } from '../describe/describe-command.ts'
import { commonFlags } from '../describe/describe-command.ts'

export interface ManPageOptions {
  readonly commands: readonly CommandDescription[]
  readonly version: string
}

/** With no date in it: the same sources make the same page. */
export function manPage({ commands, version }: ManPageOptions): string {
  const lines = [
    `.TH USERSPACE\\-PROXY 1 "" ${quote(`userspace-proxy ${version}`)} "User Commands"`,
    '.SH NAME',
    text('userspace-proxy - a userspace TCP/UDP proxy for Kubernetes Services'),
    '.SH SYNOPSIS',
    '.B userspace\\-proxy',
    '.I command',
    text('[flags]'),
    '.SH DESCRIPTION',
    text(
      'Accepts the connections of clients of Services, chooses an endpoint for each, and relays.',
    ),
    text('Services come from manifests or from the API server of a cluster.'),
    text('Without a command it prints help, and opens no port.'),
    '.SH COMMANDS',
    ...commands.flatMap(commandLines),
    '.SH EVERYWHERE',
    ...commonFlags.flatMap(flagLines),
    '.SH "EXIT STATUS"',
    ...tagged('0', 'Done.'),
    ...tagged('1', 'Failed while running.'),
    ...tagged('2', 'Wrong use: what was typed, or a file that was named, is wrong.'),
    '.SH ENVIRONMENT',
    ...tagged('NO_COLOR', 'Where it is set and not empty, the log has no colours.'),
    '.SH "SEE ALSO"',
    '.BR iptables (8),',
    '.BR ip\\-route (8),',
    '.BR conntrack (8)',
  ]
  return `${lines.join('\n')}\n`
}

function commandLines(command: CommandDescription): string[] {
  const { usage, describe, positionals, flags, examples } = command
  return [
    `.SS ${quote(usage)}`,
    text(`${describe}.`),
    ...positionals.flatMap(({ name, describe }) => tagged(name, `${describe}.`)),
    ...flags.flatMap(flagLines),
    ...examples.flatMap(({ line, describe }) => tagged(line, describe)),
  ]
}

function flagLines({ name, short, kind, describe, default: value }: FlagDescription): string[] {
  const spelling = short === undefined ? `--${name}` : `-${short}, --${name}`
  const operand = kind === 'switch' ? '' : kind === 'list' ? ' VALUE ...' : ' VALUE'
  const byDefault = value === undefined || value === '' ? '' : ` Default: ${value}.`
  return tagged(`${spelling}${operand}`, `${describe.replace(/\.$/, '')}.${byDefault}`)
}

function tagged(tag: string, described: string): string[] {
  return ['.TP', `.B ${text(tag)}`, text(described)]
}

/** A line of text, of which roff takes nothing for a request or an escape. */
function text(line: string): string {
  const escaped = line.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll(/\p{C}/gu, ' ')
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped
}

function quote(line: string): string {
  return `"${text(line).replaceAll('"', '\\(dq')}"`
}
