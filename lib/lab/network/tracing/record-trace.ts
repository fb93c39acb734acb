/**
 * recordTrace: what the kernel says of the first packet of one request of the client.
 *
 * A rule in a table of its own marks that packet, a monitor listens, and when nothing more comes both are gone.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { ProxyError } from '../../../index.ts'
import { links } from '../addresses.ts'
import { spawnOn, succeed } from '../hosts.ts'
import type { Asked } from '../traffic.ts'
import { parseNftTrace } from './nft-trace.ts'
import type { TraceEvent } from './trace-event.ts'
import { parseXtablesTrace } from './xtables-trace.ts'

export type TraceTool = 'xtables-monitor' | 'nft'

export interface Recording {
  readonly result: Asked
  readonly events: readonly TraceEvent[]
}

const syn = ['-s', links.client.address, '-p', 'tcp', '--syn', '-j', 'TRACE']
const nftTable = `table ip lab-trace {
  chain prerouting {
    type filter hook prerouting priority -350;
    ip saddr ${links.client.address} tcp flags & (syn | ack) == syn meta nftrace set 1
  }
}
`

/** After so many ms of silence nothing more comes: the packet has long arrived. */
const silenceMs = 40
/** A monitor that does not begin to listen in this time never will. */
const startMs = 3000

/** @throws {ProxyError} ERR_LAB where the tool does not work */
export async function recordTrace(
  tool: TraceTool,
  request: () => Promise<Asked>,
): Promise<Recording> {
  const args = tool === 'nft' ? ['monitor', 'trace'] : ['--trace']
  const monitor = spawnOn('node', tool, args, ['ignore', 'pipe', 'ignore'])
  let text = ''
  let heardAt = 0
  monitor.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
    heardAt = performance.now()
  })
  const exit = once(monitor, 'exit')
  // Where it cannot be started, that is told below.
  exit.catch(() => {})
  try {
    await listening(monitor)
    if (tool === 'nft') await succeed('nft', ['-f', '-'], nftTable)
    else await succeed('iptables', ['--wait', '-t', 'raw', '-I', 'PREROUTING', ...syn])
    const result = await request()
    heardAt = Math.max(heardAt, performance.now())
    while (performance.now() - heardAt < silenceMs) await delay(silenceMs / 4)
    const parse = tool === 'nft' ? parseNftTrace : parseXtablesTrace
    const events = parse(text, result.clientPort)
    return { result, events }
  } finally {
    // Where the rule was never there, there is nothing to take away.
    if (tool === 'nft') await succeed('nft', ['delete', 'table', 'ip', 'lab-trace']).catch(() => {})
    else {
      const args = ['--wait', '-t', 'raw', '-D', 'PREROUTING', ...syn]
      await succeed('iptables', args).catch(() => {})
    }
    monitor.kill('SIGKILL')
    await exit.catch(() => {})
  }
}

/** Resolves when the monitor has joined its group: packets before that would be lost. */
async function listening(monitor: ChildProcess): Promise<void> {
  const until = performance.now() + startMs
  while (performance.now() < until && monitor.exitCode === null) {
    if (hasListener(await readFile('/proc/net/netlink', 'utf8'))) return
    await delay(5)
  }
  throw new ProxyError('ERR_LAB', `${monitor.spawnfile} does not begin to listen`)
}

/** NETLINK_NETFILTER: linux/netlink.h */
const netfilter = '12'

/** Whether a socket is in a group of netfilter; this process and its short-lived commands are in none. */
function hasListener(text: string): boolean {
  return text.split('\n').some((line) => {
    const [, protocol, , groups = '0'] = line.trim().split(/\s+/)
    return protocol === netfilter && Number.parseInt(groups, 16) !== 0
  })
}
