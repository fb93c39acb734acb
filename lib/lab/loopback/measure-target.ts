/**
 * measureTarget: how long requests take, and how many there are in a second, over sockets of this process.
 */
import { createHistogram } from 'node:perf_hooks'
import { get } from 'node:http'
import type { Target } from '../lab-client.ts'
import { LabClient } from '../lab-client.ts'
import type { MeasureOptions, Measurement } from '../lab.ts'

export interface MeasureTargetOptions extends MeasureOptions {
  readonly target: Target
  /** `''`: the system's choice. */
  readonly localAddress: string
}

const parallel = 16

export function measureTarget(options: MeasureTargetOptions): Promise<Measurement> {
  return options.kind === 'bulk' ? measureBulk(options) : measureRequests(options)
}

async function measureRequests(options: MeasureTargetOptions): Promise<Measurement> {
  const { kind, mode, target, localAddress, durationMs = 1000 } = options
  const client = new LabClient()
  const from = localAddress === '' ? {} : { localAddress }
  const histogram = createHistogram()
  let failed = 0
  const begin = performance.now()
  const work = async (): Promise<void> => {
    const id = kind === 'open-connection' ? client.hold({ ...from, target }) : undefined
    while (performance.now() - begin < durationMs) {
      const [reply] = await (id === undefined
        ? client.request({ ...from, target })
        : client.ask(id))
      if (reply?.outcome === 'ok')
        histogram.record(Math.max(1, Math.round(reply.durationMs * 1000)))
      else failed++
    }
  }
  const workers = kind === 'parallel-connections' ? parallel : 1
  await Promise.all(Array.from({ length: workers }, work))
  const seconds = (performance.now() - begin) / 1000
  client.close()
  return {
    mode,
    kind,
    count: histogram.count,
    failed,
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p99: histogram.percentile(99),
    perSecond: histogram.count / seconds,
    invalid: failed === 0 ? '' : `${failed} failed`,
  }
}

async function measureBulk(options: MeasureTargetOptions): Promise<Measurement> {
  const { kind, mode, target, localAddress, durationMs = 1000 } = options
  const from = localAddress === '' ? {} : { localAddress }
  const begin = performance.now()
  const bytes = await new Promise<number>((resolve, reject) => {
    const { address: host, port } = target
    const request = get({ host, port, path: '/bulk', agent: false, ...from }, (response) => {
      let bytes = 0
      response.on('data', (chunk: Buffer) => (bytes += chunk.length))
      setTimeout(() => {
        request.destroy()
        resolve(bytes)
      }, durationMs)
    })
    request.on('error', reject)
  })
  const seconds = (performance.now() - begin) / 1000
  return { mode, kind, count: 1, failed: 0, bytesPerSecond: bytes / seconds, invalid: '' }
}
