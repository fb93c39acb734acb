/** Counters of the network this process is in. In a network of its own they are of the bench alone. */
import { readFileSync } from 'node:fs'

/** TCP segments sent again, SYNs among them. */
export function retransmittedSegments(): number {
  return counter(readFileSync('/proc/net/snmp', 'utf8'), { protocol: 'Tcp', name: 'RetransSegs' })
}

/** One value of /proc/net/snmp or netstat: pairs of lines, names above values. */
export function counter(
  text: string,
  { protocol, name }: { readonly protocol: string; readonly name: string },
): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${protocol}: `))
  const [names = [], values = []] = lines.map((line) => line.split(' '))
  const index = names.indexOf(name)
  if (index === -1) throw new Error(`no counter ${protocol} ${name}`)
  return Number(values[index])
}
