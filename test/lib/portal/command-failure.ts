import t from 'tap'
import { commandFailure, isTooLarge } from '../../../lib/portal/command-failure.ts'

const ended = (exitCode: number, stderr: string, stdout = '') => ({ exitCode, stdout, stderr })
const failed = (code: string) => Object.assign(new Error(`spawn x ${code}`), { code })

// What the tools really print, and what the user is told.
const said: readonly (readonly [string, string, RegExp])[] = [
  [
    'iptables-save v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)',
    'no rights, nft',
    /CAP_NET_ADMIN is missing: run as root, or use --portals none/,
  ],
  [
    'Failed to list table names in /proc/net/ip_tables_names: Permission denied',
    'no rights, legacy',
    /CAP_NET_ADMIN/,
  ],
  ['RTNETLINK answers: Operation not permitted', 'no rights, ip', /CAP_NET_ADMIN/],
  [
    'Another app is currently holding the xtables lock. Stopped waiting after 5s.',
    'the lock is held',
    /another program holds the xtables lock; this is tried again/,
  ],
  [
    "Fatal: can't open lock file /run/xtables.lock: No such file or directory",
    'no lock file',
    /in a container mount \/run\/xtables\.lock of the host/,
  ],
  [
    'iptables-nft-restore: line 2 failed: Bad rule (does a matching rule exist in that chain?).',
    'a rule vanished',
    /changed the rules at the same moment/,
  ],
  [
    "iptables-restore v1.8.9 (legacy): iptables-restore: unable to initialize table 'nat'",
    'no nat in the kernel',
    /the kernel lacks a part of netfilter/,
  ],
  ['Error: Invalid prefix for given prefix length.', 'a CIDR with host bits', /must be 0/],
]

for (const [stderr, what, message] of said) {
  t.test(`says what to do, and what was said: ${what}`, async (t) => {
    const error = commandFailure('iptables-restore', ended(1, `${stderr}\nmore\n`))
    t.match(error, { code: 'ERR_PORTAL', message })
    t.equal(error.reason, what.startsWith('no rights') ? 'NoRights' : undefined)
    t.equal(error.message.startsWith('iptables-restore: '), true)
    t.equal(error.message.endsWith(`(${stderr})`), true)
  })
}

t.test('a message that is not known is passed on', async (t) => {
  t.equal(commandFailure('ip', ended(2, 'boom\n')).message, 'ip: boom')
  t.equal(
    commandFailure('ip', ended(2, '', 'on the wrong output')).message,
    'ip: on the wrong output',
  )
  t.equal(commandFailure('ip', ended(2, '')).message, 'ip: exit code 2')
})

t.test('a command that is not installed is named with its package', async (t) => {
  const error = failed('ENOENT')
  t.match(commandFailure('ip6tables-save', error), {
    message:
      'ip6tables-save is not installed: install the package iptables, or use --portals anyip or none',
    cause: error,
  })
  t.match(commandFailure('ip', failed('ENOENT')).message, /install the package iproute2/)
  t.equal(commandFailure('x', failed('ENOENT')).message, 'x is not installed: install it')
  t.match(
    commandFailure('conntrack', failed('ENOENT')).message,
    /^conntrack is not installed: install the package conntrack$/,
  )
})

t.test('a command that did not end by itself keeps the error of Node', async (t) => {
  const error = failed('EACCES')
  t.match(commandFailure('ip', error), { message: 'ip: spawn x EACCES', cause: error })
  const killed = Object.assign(new Error('killed'), { killed: true })
  t.equal(commandFailure('ip', killed).message, 'ip: no answer in time, it was ended')
})

t.test('a transaction that was refused for its size is told from other faults', async (t) => {
  t.equal(isTooLarge(ended(1, 'iptables-restore: line 9 failed: Message too long.')), true)
  t.equal(isTooLarge(ended(1, 'sendmsg() failed: No buffer space available')), true)
  t.equal(isTooLarge(ended(1, 'boom')), false)
})
