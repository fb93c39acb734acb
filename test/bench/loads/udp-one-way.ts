/** Datagrams of 64 bytes at a rate, from 8 clients, and how many of them never come. A loss is a figure here, no error. */
import type { LoadResult } from '../sample.ts'
import { services } from '../services.ts'
import { runClient } from './client.ts'
import { type Column, cpuColumn, type Load, rateColumn, rssColumn } from './load.ts'

const loss: Column = { header: 'LOST %', figure: 'lostShare', scale: 100, digits: 3 }

interface Outcome {
  readonly sent: number
  readonly received: number
  readonly seconds: number
}

export function udpOneWay(rate: number): Load {
  return {
    name: `udp-one-way-${rate}`,
    description: `${rate} datagrams/s of 64 bytes, from 8 clients, none answered`,
    protocol: 'UDP',
    columns: [rateColumn, loss, cpuColumn, rssColumn],
    key: loss.header,
    async run({ address }, { seconds }): Promise<LoadResult> {
      const [sink] = services['udp-sink'].endpoints
      const task = { ...address('udp-sink'), sink, clients: 8, size: 64, rate, seconds }
      const { sent, received, seconds: took } = await runClient<Outcome>('udp-one-way-client', task)
      return {
        operations: received,
        seconds: took,
        errors: 0,
        figures: { lostShare: 1 - received / sent },
      }
    },
  }
}
