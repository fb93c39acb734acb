/** Connections that were used once and stay. What the relay's memory grew by, for each. */
import { setTimeout as delay } from 'node:timers/promises'
import { rssBytes } from '../cpu-time.ts'
import type { LoadResult } from '../sample.ts'
import { startClient } from './client.ts'
import { type Column, type Load, rssColumn, type Target } from './load.ts'

const memory: Column = { header: 'KB/CONN', figure: 'bytesPerConnection', scale: 1e-3, digits: 1 }

export function idleConnections(count: number): Load {
  return {
    name: `idle-${count}`,
    description: `${count} idle connections: growth of RSS for each, in a relay just started`,
    protocol: 'TCP',
    columns: [memory, rssColumn],
    key: memory.header,
    // Memory of connections that are gone would be used again.
    needsFreshRelay: true,
    async run(target, { seconds }): Promise<LoadResult> {
      // What the first connections need, and no other does again.
      await hold(target, { count: 100, seconds: 0 })
      const before = rss(target)
      const { result, bytes } = await hold(target, { count, seconds: Math.min(seconds, 2) })
      return { ...result, figures: { bytesPerConnection: (bytes - before) / count } }
    },
  }
}

/** Opens connections, and closes them after `seconds`; the memory is that of the moment before. */
async function hold(target: Target, { count, seconds }: { count: number; seconds: number }) {
  const client = startClient('idle-client', { ...target.address('bulk'), count })
  await client.ready()
  await delay(seconds * 1000)
  const bytes = rss(target)
  client.child.stdin?.end()
  const lines = (await client.output).trim().split('\n')
  const result = JSON.parse(lines.at(-1) ?? '') as Omit<LoadResult, 'operations'>
  return { bytes, result: { ...result, operations: count } }
}

function rss({ pid }: Target): number {
  return pid === undefined ? 0 : rssBytes(pid)
}
