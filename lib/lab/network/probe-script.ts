/**
 * probeScript: what is tried in new namespaces, to see whether a lab can be there; and readProbe, which reads what it
 * prints.
 */

export interface Probe {
  /** The last of the steps that worked that no lab can be without: '', mount, ip or node. */
  readonly reached: '' | 'mount' | 'ip' | 'node'
  readonly hasNode: boolean
  /** `v1.8.9 (nf_tables)`; '' where its rules cannot be written. */
  readonly iptables: string
  /** `v1.0.6`; '' where its rules cannot be written. */
  readonly nft: string
  readonly hasXtablesMonitor: boolean
  readonly hasConntrack: boolean
  readonly hasIpvs: boolean
}

/** All that kube-proxy's rules are made of. */
const iptablesRules = [
  '*nat',
  '-A PREROUTING -p tcp -m comment --comment x -m addrtype --dst-type LOCAL -m tcp --dport 1 -j REDIRECT --to-ports 2',
  '-A PREROUTING -p tcp -m statistic --mode random --probability 0.5 -j DNAT --to-destination 10.0.0.1:80',
  '-A POSTROUTING -m mark --mark 0x4000/0x4000 -j MASQUERADE --random-fully',
  'COMMIT',
  '*filter',
  '-A FORWARD -m conntrack --ctstate NEW -j REJECT',
  'COMMIT',
]

const nftRules = [
  'table ip probe {',
  'map m { type inet_service : verdict; }',
  'chain a { type nat hook prerouting priority -100; ct state new th dport vmap @m; }',
  'chain b { numgen random mod 3 vmap { 0 : goto c }; }',
  'chain c { meta l4proto tcp dnat to 10.0.0.1:80; }',
  '}',
]

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

const lines = (text: readonly string[]): string => text.map(quoted).join(' ')

export const probeScript = [
  // Without notes of mount, which would be left in the /run of the machine.
  'mount --no-mtab -t tmpfs tmpfs /run && mkdir /run/netns && echo mount || exit 0',
  'ip netns add probe && ip link add probe type veth peer name eth0 netns probe && echo ip || exit 0',
  `nsenter --net=/run/netns/probe ${quoted(process.execPath)} --version >/dev/null && echo node || exit 0`,
  `printf '%s\\n' ${lines(iptablesRules)} | iptables-restore && echo iptables "$(iptables --version)"`,
  `printf '%s\\n' ${lines(nftRules)} | nft -f - && echo nft "$(nft --version)"`,
  'command -v xtables-monitor >/dev/null && echo monitor',
  'command -v conntrack >/dev/null && echo conntrack',
  'test -e /proc/net/ip_vs && echo ipvs',
  'true',
].join('\n')

export function readProbe(printed: string): Probe {
  const said = new Map(
    printed.split('\n').map((line): [string, string] => {
      const [word = '', ...rest] = line.split(' ')
      return [word, rest.join(' ')]
    }),
  )
  const steps = ['node', 'ip', 'mount'] as const
  return {
    reached: steps.find((step) => said.has(step)) ?? '',
    hasNode: said.has('node'),
    iptables: /v\d.*/.exec(said.get('iptables') ?? '')?.[0] ?? '',
    nft: /v\d\S*/.exec(said.get('nft') ?? '')?.[0] ?? '',
    hasXtablesMonitor: said.has('monitor'),
    hasConntrack: said.has('conntrack'),
    hasIpvs: said.has('ipvs'),
  }
}
