/**
 * runLoad: what the client does while it is measured, and how long that took it. It runs in the client's program.
 *
 * Servers close first, as HTTP/1.1 with `connection: close` has it: so pods keep the TIME_WAIT, and the client's ports
 * are free again at once.
 */
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { RecordableHistogram } from 'node:perf_hooks'
import { createHistogram } from 'node:perf_hooks'
import type { Target } from '../../lab-client.ts'
import type { Measurement, MeasurementKind } from '../../lab.ts'

export interface LoadOptions {
  readonly kind: MeasurementKind
  /** Taken in turn: one, or the pods where the client chooses. */
  readonly targets: readonly Target[]
  readonly localAddress: string
  readonly durationMs: number
}

export type Load = Omit<Measurement, 'mode' | 'kind' | 'invalid'>

const parallel = 16

const loads: Readonly<Record<MeasurementKind, (options: LoadOptions) => Promise<Load>>> = {
  'new-connections': (options) => connections(options, 1),
  'parallel-connections': (options) => connections(options, parallel),
  'open-connection': openConnection,
  bulk,
}

/** Not measured: what the first of them take is the compiler's time. */
const warmUps = 20
/** Longer than three SYNs take. */
const timeoutMs = 8000

export function runLoad(options: LoadOptions): Promise<Load> {
  return loads[options.kind](options)
}

async function connections(options: LoadOptions, concurrency: number): Promise<Load> {
  for (let i = 0; i < warmUps; i++) await oneConnection(options, i)
  const histogram = createHistogram()
  let turn = 0
  let failed = 0
  const begin = performance.now()
  const work = async (): Promise<void> => {
    while (performance.now() - begin < options.durationMs) {
      const from = performance.now()
      if (await oneConnection(options, turn++)) record(histogram, performance.now() - from)
      else failed++
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  return summary(histogram, failed, performance.now() - begin)
}

/** Resolves with whether there was an answer. */
function oneConnection({ targets, localAddress }: LoadOptions, turn: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = open(targets[turn % targets.length] as Target, localAddress)
    let hasAnswer = false
    socket
      .setTimeout(timeoutMs, () => socket.destroy())
      .on('data', () => (hasAnswer = true))
      .on('error', () => (hasAnswer = false))
      .on('close', () => resolve(hasAnswer))
      .write('GET / HTTP/1.1\r\nhost: web\r\nconnection: close\r\n\r\n')
  })
}

async function openConnection({ targets, localAddress, durationMs }: LoadOptions): Promise<Load> {
  const socket = open(targets[0] as Target, localAddress)
  const histogram = createHistogram()
  let onAnswer: ((isAnswer: boolean) => void) | undefined
  socket
    .setTimeout(timeoutMs, () => socket.destroy())
    .on('data', () => onAnswer?.(true))
    .on('error', () => {})
    .on('close', () => onAnswer?.(false))
  const ask = (): Promise<boolean> =>
    new Promise((resolve) => {
      onAnswer = resolve
      socket.write('GET / HTTP/1.1\r\nhost: web\r\n\r\n')
    })
  for (let i = 0; i < warmUps; i++) await ask()
  let failed = 0
  const begin = performance.now()
  while (performance.now() - begin < durationMs && failed === 0) {
    const from = performance.now()
    if (await ask()) record(histogram, performance.now() - from)
    else failed++
  }
  const took = performance.now() - begin
  socket.end()
  return summary(histogram, failed, took)
}

function bulk({ targets, localAddress, durationMs }: LoadOptions): Promise<Load> {
  return new Promise((resolve) => {
    let bytes = 0
    let begin = 0
    const finish = (failed: number): void => {
      clearTimeout(timer)
      const seconds = (performance.now() - begin) / 1000
      resolve({ count: 1, failed, bytesPerSecond: begin === 0 ? 0 : bytes / seconds })
      socket.destroy()
    }
    const timer = setTimeout(() => finish(1), timeoutMs)
    const buffer = new Uint8Array(262_144)
    const { address: host, port } = targets[0] as Target
    const socket = connect({
      host,
      port,
      localAddress,
      onread: {
        buffer,
        callback: (length) => {
          const now = performance.now()
          // The first bytes are those of the header, and the clock begins with them.
          if (begin === 0) begin = now
          else bytes += length
          if (now - begin >= durationMs) finish(0)
          return true
        },
      },
    })
    socket.on('error', () => finish(1)).write('GET /bulk HTTP/1.1\r\nhost: web\r\n\r\n')
  })
}

function open({ address: host, port }: Target, localAddress: string): Socket {
  return connect({ host, port, localAddress, noDelay: true })
}

function record(histogram: RecordableHistogram, ms: number): void {
  histogram.record(Math.max(1, Math.round(ms * 1e6)))
}

function summary(histogram: RecordableHistogram, failed: number, tookMs: number): Load {
  const us = (percentile: number): number => histogram.percentile(percentile) / 1000
  const { count } = histogram
  if (count === 0) return { count, failed }
  return {
    count,
    failed,
    p50: us(50),
    p90: us(90),
    p99: us(99),
    perSecond: (count * 1000) / tookMs,
  }
}
