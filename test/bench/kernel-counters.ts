/** Counters of the network this process is in. In a network of its own they are of the bench alone. */
import { readFileSync } from 'node:fs'

export interface TcpCounters {
  /** Segments sent again, SYNs among them. */
  readonly retransmissions: number
  /** How often that was because no acknowledgement came in time. */
  readonly timeouts: number
}

export function tcpCounters(): TcpCounters {
  const snmp = readFileSync('/proc/net/snmp', 'utf8')
  const netstat = readFileSync('/proc/net/netstat', 'utf8')
  return {
    retransmissions: counter(snmp, 'Tcp', 'RetransSegs'),
    timeouts: counter(netstat, 'TcpExt', 'TCPTimeouts'),
  }
}

/** One value of a text like /proc/net/snmp: pairs of lines of one protocol, names above values. */
function counter(text: string, protocol: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${protocol}: `))
  const [names = [], values = []] = lines.map((line) => line.split(' '))
  const index = names.indexOf(name)
  if (index === -1) throw new Error(`no counter ${protocol} ${name}`)
  return Number(values[index])
}
