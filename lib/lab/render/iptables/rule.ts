/**
 * IptablesRule: a rule as `iptables-save` prints it, and `ruleOf`, which puts its parts in that order.
 *
 * kube-proxy writes them in another order and with other words (`-m tcp -p tcp -d`), which mean the same.
 */

export interface IptablesRule {
  readonly table: 'filter' | 'nat'
  readonly chain: string
  /** `-A CHAIN …`. */
  readonly line: string
}

export interface RuleParts {
  /** An address or CIDR. */
  readonly source?: string
  readonly notSource?: string
  readonly destination?: string
  readonly protocol?: string
  readonly comment?: string
  /** Other matches, each with its `-m`, in the order in which they are to be asked. */
  readonly matches?: readonly string[]
  readonly port?: number
  /** A chain, or a target with its options. */
  readonly jump: string
}

export function ruleOf(
  table: IptablesRule['table'],
  chain: string,
  parts: RuleParts,
): IptablesRule {
  const { source, notSource, destination, protocol, comment, matches = [], port, jump } = parts
  const words = [
    `-A ${chain}`,
    source === undefined ? '' : `-s ${withPrefix(source)}`,
    notSource === undefined ? '' : `! -s ${withPrefix(notSource)}`,
    destination === undefined ? '' : `-d ${withPrefix(destination)}`,
    protocol === undefined ? '' : `-p ${protocol}`,
    comment === undefined ? '' : `-m comment --comment "${comment}"`,
    ...matches,
    port === undefined ? '' : `-m ${protocol} --dport ${port}`,
    `-j ${jump}`,
  ]
  return { table, chain, line: words.filter((word) => word !== '').join(' ') }
}

function withPrefix(address: string): string {
  if (address.includes('/')) return address
  return `${address}/${address.includes(':') ? 128 : 32}`
}
