/**
 * fixedRules: what is there in iptables mode whatever Services there are: chains, the jumps to them, and masquerade.
 *
 * @see kubernetes v1.20 pkg/proxy/iptables/proxier.go `iptablesJumpChains`, `syncProxyRules`
 */
import type { IptablesRule } from './rule.ts'
import { ruleOf } from './rule.ts'

/** In the order of `iptables-save`. */
export const tables = ['mangle', 'filter', 'nat'] as const

type TableName = (typeof tables)[number]

export const kernelChains: Readonly<Record<TableName, readonly string[]>> = {
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
}

/** Those that are there also when they are empty. The canary is watched, to see when others have flushed a table. */
export const ownChains: Readonly<Record<TableName, readonly string[]>> = {
  mangle: ['KUBE-PROXY-CANARY'],
  filter: ['KUBE-EXTERNAL-SERVICES', 'KUBE-FORWARD', 'KUBE-PROXY-CANARY', 'KUBE-SERVICES'],
  nat: ['KUBE-MARK-DROP', 'KUBE-NODEPORTS', 'KUBE-PROXY-CANARY', 'KUBE-SERVICES'],
}

/** Bit 14. */
const mark = '0x4000/0x4000'
const portals = 'kubernetes service portals'
const external = 'kubernetes externally-visible service portals'
const isNew = ['-m conntrack --ctstate NEW']
const isKnown = ['-m conntrack --ctstate RELATED,ESTABLISHED']

/** The rule that stands first does not have its comment first. */
const jumpIfNew = (hook: string, comment: string, jump: string): IptablesRule =>
  ruleOf('filter', hook, { matches: [...isNew, `-m comment --comment "${comment}"`], jump })

const forward = (name: string) => ({
  comment: `kubernetes forwarding ${name}`,
  jump: 'ACCEPT',
})

export const fixedRules: readonly IptablesRule[] = [
  jumpIfNew('INPUT', external, 'KUBE-EXTERNAL-SERVICES'),
  ruleOf('filter', 'FORWARD', { comment: 'kubernetes forwarding rules', jump: 'KUBE-FORWARD' }),
  jumpIfNew('FORWARD', portals, 'KUBE-SERVICES'),
  jumpIfNew('FORWARD', external, 'KUBE-EXTERNAL-SERVICES'),
  jumpIfNew('OUTPUT', portals, 'KUBE-SERVICES'),
  ruleOf('filter', 'KUBE-FORWARD', { matches: ['-m conntrack --ctstate INVALID'], jump: 'DROP' }),
  ruleOf('filter', 'KUBE-FORWARD', { ...forward('rules'), matches: [`-m mark --mark ${mark}`] }),
  ruleOf('filter', 'KUBE-FORWARD', {
    ...forward('conntrack pod source rule'),
    matches: isKnown,
  }),
  ruleOf('filter', 'KUBE-FORWARD', {
    ...forward('conntrack pod destination rule'),
    matches: isKnown,
  }),
  ruleOf('nat', 'PREROUTING', { comment: portals, jump: 'KUBE-SERVICES' }),
  ruleOf('nat', 'OUTPUT', { comment: portals, jump: 'KUBE-SERVICES' }),
  ruleOf('nat', 'POSTROUTING', {
    comment: 'kubernetes postrouting rules',
    jump: 'KUBE-POSTROUTING',
  }),
  ruleOf('nat', 'KUBE-MARK-MASQ', { jump: `MARK --set-xmark ${mark}` }),
  ruleOf('nat', 'KUBE-POSTROUTING', { matches: [`-m mark ! --mark ${mark}`], jump: 'RETURN' }),
  // The mark is taken off, so that a packet which comes by again is not masqueraded twice.
  ruleOf('nat', 'KUBE-POSTROUTING', { jump: 'MARK --set-xmark 0x4000/0x0' }),
  ruleOf('nat', 'KUBE-POSTROUTING', {
    comment: 'kubernetes service traffic requiring SNAT',
    jump: 'MASQUERADE --random-fully',
  }),
  // Behind those of all Services: a node port is what no other rule wanted.
  ruleOf('nat', 'KUBE-SERVICES', {
    comment: 'kubernetes service nodeports; NOTE: this must be the last rule in this chain',
    matches: ['-m addrtype --dst-type LOCAL'],
    jump: 'KUBE-NODEPORTS',
  }),
]
