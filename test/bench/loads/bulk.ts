/**
 * As much as gets through, one way or both. By amount, not by time: every byte is accounted for at the end.
 */
import type { LoadResult } from '../sample.ts'
import { runClient } from './client.ts'
import { type Column, type Load, rssColumn } from './load.ts'

export interface BulkOptions {
  readonly streams: number
  readonly direction: 'down' | 'both'
}

/** About what two cores move in a second. */
const bytesPerSecond = 1 << 30

const cpu: Column = { header: 'CPU S/GB', figure: 'cpuUs', scale: 1e-6, digits: 3 }
const columns = [{ header: 'GB/S', figure: 'rate', digits: 2 }, cpu, rssColumn] as const

export function bulk({ streams, direction }: BulkOptions): Load {
  const ways = direction === 'both' ? 'both ways at once' : 'from the endpoint'
  return {
    name: `bulk-${direction}-${streams}`,
    description: `${streams} stream${streams === 1 ? '' : 's'}, ${ways}`,
    protocol: 'TCP',
    columns,
    key: cpu.header,
    retransmissions: 'reordered',
    async run({ address }, { seconds }): Promise<LoadResult> {
      const total = bytesPerSecond * seconds
      const download = Math.round(total / streams / (direction === 'both' ? 2 : 1))
      const upload = direction === 'both' ? download : 0
      const task = { ...address('bulk'), streams, upload, download }
      const result = await runClient<Omit<LoadResult, 'operations'>>('bulk-client', task)
      return { ...result, operations: ((upload + download) * streams) / 1e9 }
    },
  }
}
