/**
 * Measurer: rounds of load from a client that is a process of its own, so that it is not measured with the proxy. It is
 * started when it is first needed.
 */
import type { ChildProcess } from 'node:child_process'
import type { MeasureOptions, Measurement } from '../lab.ts'
import type { Target } from '../lab-client.ts'
import type { Load, LoadOptions } from '../network/measuring/load.ts'
import { Caller } from '../network/rpc.ts'
import { killProgram, startProgram } from './start-program.ts'

export interface MeasurerOptions {
  /** Of the client; `''`: that of everybody. */
  readonly clientAddress: string
}

export class Measurer {
  readonly #localAddress: string
  #client: Promise<{ readonly process: ChildProcess; readonly caller: Caller }> | undefined

  constructor({ clientAddress }: MeasurerOptions) {
    this.#localAddress = clientAddress === '' ? '127.0.0.1' : clientAddress
  }

  /** @param targets taken in turn */
  async measure(
    { kind, mode, durationMs = 1000 }: MeasureOptions,
    targets: readonly Target[],
  ): Promise<Measurement> {
    this.#client ??= start()
    const { caller } = await this.#client
    const options: LoadOptions = { kind, targets, localAddress: this.#localAddress, durationMs }
    const load = (await caller.call('load', options)) as Load
    return { mode, kind, ...load, invalid: load.failed === 0 ? '' : `${load.failed} failed` }
  }

  async close(): Promise<void> {
    const client = await this.#client
    if (client !== undefined) await killProgram(client.process)
  }
}

async function start(): Promise<{ process: ChildProcess; caller: Caller }> {
  const process = await startProgram('client-program')
  return { process, caller: new Caller(process, 'the client that measures') }
}
