/**
 * commandFailure: turns a command of the system that failed into a ProxyError that says what to do.
 *
 * These tools have exit codes that tell nothing apart, so this is the one place that reads their messages. `LC_ALL=C`
 * keeps them English; a message that is not known is passed on as it is.
 */
import { ProxyError } from '../errors.ts'
import type { CommandResult } from './run-command.ts'

/** The first that fits decides. */
const advice: readonly (readonly [RegExp, string, reason?: 'NoRights'])[] = [
  [
    /you must be root|Permission denied|Operation not permitted/i,
    'the right CAP_NET_ADMIN is missing: run as root, or use --portals none',
    'NoRights',
  ],
  [
    /can't open lock file/,
    'the xtables lock cannot be taken: /run has to be there, in a container mount /run/xtables.lock of the host',
  ],
  [
    /xtables lock/,
    'another program holds the xtables lock; this is tried again, and `fuser /run/xtables.lock` names the program',
  ],
  [
    /does a matching rule exist|CHAIN_DEL failed|No such file or directory/,
    'another program changed the rules at the same moment; this is tried again',
  ],
  [
    /Table does not exist|unable to initialize table|No chain\/target\/match by that name|Extension \S+ revision/i,
    'the kernel lacks a part of netfilter (nat, conntrack, comment, addrtype, physdev, multiport, REJECT): load it, or use --portals anyip',
  ],
  [/Invalid prefix for given prefix length/, 'bits behind the prefix of the CIDR must be 0'],
]

const packages: readonly (readonly [RegExp, string])[] = [
  [/^ip6?tables/, 'install the package iptables, or use --portals anyip or none'],
  [/^ip$/, 'install the package iproute2, or use --portals none'],
  [/^conntrack$/, 'install the package conntrack'],
]

/** The error for `command` that ended with an exit code other than 0, or that could not be run to its end. */
export function commandFailure(command: string, fault: CommandResult | Error): ProxyError {
  if (!(fault instanceof Error)) {
    const text = fault.stderr.trim() || fault.stdout.trim()
    const [firstLine = ''] = text.split('\n')
    const [, hint, reason] = advice.find(([pattern]) => pattern.test(text)) ?? []
    const said = firstLine === '' ? `exit code ${fault.exitCode}` : firstLine
    return new ProxyError('ERR_PORTAL', `${command}: ${hint ? `${hint} (${said})` : said}`, {
      reason,
    })
  }
  const { code, killed } = fault as NodeJS.ErrnoException & { killed?: boolean }
  if (code === 'ENOENT') {
    const hint = packages.find(([pattern]) => pattern.test(command))?.[1] ?? 'install it'
    return new ProxyError('ERR_PORTAL', `${command} is not installed: ${hint}`, { cause: fault })
  }
  const message = `${command}: ${killed === true ? 'no answer in time, it was ended' : fault.message}`
  return new ProxyError('ERR_PORTAL', message, { cause: fault })
}

/** Whether the kernel refused a transaction for its size: an unprivileged user's netlink socket has a small buffer. */
export function isTooLarge({ stderr }: CommandResult): boolean {
  return /Message too long|No buffer space available/.test(stderr)
}
