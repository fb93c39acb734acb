/**
 * TcpCounters: what the kernel has counted in the network namespace of a process, and what that says of a measurement.
 */
import { readFile } from 'node:fs/promises'

export interface TcpCounters {
  /** SYNs that were sent again. */
  readonly synRetransmits: number
  readonly resets: number
  /** Segments that a closed connection has refused for their time stamp. */
  readonly pawsTimewait: number
}

/** Sums those of the namespaces of some processes. One that is gone counts nothing. */
export async function readTcpCounters(pids: readonly number[]): Promise<TcpCounters> {
  const texts = await Promise.all(
    pids.map(async (pid) => {
      const read = (name: string) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => '')
      return [await read('snmp'), await read('netstat')] as const
    }),
  )
  const sum = (file: 0 | 1, protocol: string, name: string): number =>
    texts.reduce((total, text) => total + counter(text[file], protocol, name), 0)
  return {
    synRetransmits: sum(1, 'TcpExt', 'TCPSynRetrans'),
    resets: sum(0, 'Tcp', 'OutRsts'),
    pawsTimewait: sum(1, 'TcpExt', 'PAWSTimewait'),
  }
}

/** One value of a text of /proc/net: names and values of a protocol stand in two lines. An old kernel lacks some. */
function counter(text: string, protocol: string, name: string): number {
  const lines = text.split('\n').filter((line) => line.startsWith(`${protocol}: `))
  const [names = [], values = []] = lines.map((line) => line.split(' '))
  const index = names.indexOf(name)
  return index === -1 ? 0 : Number(values[index])
}

export interface Spoiling {
  readonly before: TcpCounters
  readonly after: TcpCounters
  readonly failed: number
  /** Whether the client ends with a reset by its own will, as who stops a download does. */
  readonly endsWithReset: boolean
}

/** Why figures are to be thrown away: `780 SYN retransmits, 780 resets`; '' where they are good. */
export function spoiledBy({ before, after, failed, endsWithReset }: Spoiling): string {
  const counts: readonly (readonly [count: number, one: string, many: string])[] = [
    [after.synRetransmits - before.synRetransmits, 'SYN retransmit', 'SYN retransmits'],
    [endsWithReset ? 0 : after.resets - before.resets, 'reset', 'resets'],
    [after.pawsTimewait - before.pawsTimewait, 'TIME_WAIT reject', 'TIME_WAIT rejects'],
    [failed, 'failed request', 'failed requests'],
  ]
  return counts
    .filter(([count]) => count > 0)
    .map(([count, one, many]) => `${count} ${count === 1 ? one : many}`)
    .join(', ')
}
