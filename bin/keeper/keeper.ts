/**
 * Keeper: the process that holds the listening sockets, and replaces the daemon without closing them.
 *
 * A socket that listens loses, when it is closed, the connections that nobody has accepted yet; no option of the kernel
 * saves them. So the sockets belong to this process, which accepts nothing, reads no configuration and relays no byte:
 * there is next to nothing in it that could need a restart. It is the primary of `node:cluster`, without its round robin.
 */
import cluster from 'node:cluster'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger, SharedPortsState } from '../../lib/index.ts'
import { Charge } from './charge.ts'

export interface KeeperOptions {
  readonly logger: Logger
  /** Told `ready` when the daemon serves, `reloading` when another one comes, and `stopping`. */
  readonly tell: (state: 'ready' | 'reloading' | 'stopping') => void
  /** A daemon that does not serve so long after it was started is ended, in ms. */
  readonly startLimitMs: number
}

/** A daemon that serves answers at once, unless the machine is very busy. New clients wait meanwhile. */
const answerLimitMs = 10_000

/** Between a crash and the next start. The first comes at once; it is forgotten when a daemon has served for a minute. */
const longestPauseMs = 30_000
const servedMs = 60_000

export class Keeper {
  readonly #options: KeeperOptions
  readonly #charges = new Set<Charge>()
  #current: Charge | undefined
  /** Of the listeners of the daemon that serves, or has crashed. */
  #ports: SharedPortsState['ports'] = {}
  #isReplacing = false
  #isReplaceDue = false
  #isStopping = false
  #crashes = 0
  #exitCode = 0
  #timer: NodeJS.Timeout | undefined
  readonly #over: Promise<number>
  #end: (exitCode: number) => void = () => {}

  constructor(options: KeeperOptions) {
    this.#options = options
    this.#over = new Promise((resolve) => (this.#end = resolve))
  }

  /** Resolves with the exit code when all is over: that of the daemon. To be called once. */
  run(): Promise<number> {
    cluster.schedulingPolicy = cluster.SCHED_NONE
    cluster.setupPrimary({ serialization: 'advanced' })
    for (const signal of ['SIGHUP', 'SIGUSR2'] as const) process.on(signal, () => this.#reload())
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, this.#stop)
    void this.#start()
    return this.#over
  }

  readonly #stop = (signal: NodeJS.Signals): void => {
    this.#options.tell('stopping')
    this.#isStopping = true
    clearTimeout(this.#timer)
    for (const charge of this.#charges) charge.kill(signal)
    this.#lookWhetherOver()
  }

  #reload(): void {
    if (this.#isStopping) return
    this.#isReplaceDue = true
    if (!this.#isReplacing) void this.#replace()
  }

  async #replace(): Promise<void> {
    this.#isReplacing = true
    while (this.#isReplaceDue && this.#current !== undefined && !this.#isStopping) {
      this.#isReplaceDue = false
      this.#options.tell('reloading')
      this.#say('a new process is started, to take the place of this one')
      const problem = await this.#bring()
      if (problem !== undefined && !this.#isStopping) {
        this.#options.logger.warn({ event: 'keeper' }, `${problem}; the one before goes on`)
      }
      if (!this.#isStopping) this.#options.tell('ready')
    }
    this.#isReplacing = false
    if (this.#current === undefined) await this.#start()
  }

  /** Where there is none: the first one, and another one for one that has crashed. */
  async #start(): Promise<void> {
    if (this.#isReplacing || this.#isStopping) return
    this.#isReplacing = true
    const problem = await this.#bring()
    this.#isReplacing = false
    if (problem === undefined) this.#options.tell('ready')
    else if (this.#crashes > 0) this.#crashed(problem)
    this.#lookWhetherOver()
  }

  /** Starts a daemon and has it go on with what the current one does; resolves with what was wrong, if anything was. */
  async #bring(): Promise<string | undefined> {
    const { startLimitMs } = this.#options
    const next = this.#fork()
    const isGreeting = await next.heard('hello', startLimitMs)
    if (!isGreeting) return this.#giveUp(next)
    const before = this.#current
    before?.say({ type: 'describe' })
    const described = await before?.heard('ports', answerLimitMs)
    if (described === undefined && this.#current !== undefined) {
      return this.#giveUp(next, 'the process that serves does not answer')
    }
    const former = described?.ports ?? { held: [], ports: this.#ports }
    next.say({ type: 'start', former, isSuccessor: described !== undefined })
    const listening = await next.heard('listening', startLimitMs)
    if (listening === undefined) return this.#giveUp(next)
    // From here on the new one serves, whatever becomes of the one before.
    this.#current = next
    this.#ports = listening.ports.ports
    before?.say({ type: 'hand-over' })
    const handed = await before?.heard('handed-over', answerLimitMs)
    next.say({ type: 'take-over', pins: handed?.pins ?? [] })
    if (before !== undefined) {
      this.#say(`process ${next.pid} serves; the connections of process ${before.pid} go on there`)
    }
    return undefined
  }

  async #giveUp(charge: Charge, reason?: string): Promise<string> {
    let isOver = false
    void charge.exited.then(() => (isOver = true))
    await delay(0)
    const late = `the new process did not serve within ${this.#options.startLimitMs / 1000} s`
    const what = isOver ? `the new process ended with code ${await charge.exited}` : late
    charge.kill('SIGKILL')
    await charge.exited
    return reason ?? what
  }

  #fork(): Charge {
    const charge = new Charge(cluster.fork())
    const began = performance.now()
    this.#charges.add(charge)
    charge.onMessage((message) => {
      if (message.type === 'late-reply') this.#current?.say(message)
      if (message.type === 'ports' && charge === this.#current) this.#ports = message.ports.ports
    })
    void charge.exited.then((code) => {
      this.#charges.delete(charge)
      const isHeir = this.#current === undefined
      // Whoever is told to end before it listens for signals ends by the signal, and that is no fault.
      if (charge === this.#current) this.#exitCode = code ?? 1
      else if (isHeir) this.#exitCode = code ?? (this.#isStopping ? 0 : 1)
      if (charge === this.#current) {
        this.#current = undefined
        if (performance.now() - began > servedMs) this.#crashes = 0
        // Told to end by somebody else: then all is to end.
        if (code === 0) this.#isStopping = true
        else if (!this.#isStopping) this.#crashed(`the process ended with code ${code}`)
      }
      this.#lookWhetherOver()
    })
    return charge
  }

  #crashed(problem: string): void {
    const pauseMs = this.#crashes === 0 ? 0 : Math.min(longestPauseMs, 500 * 2 ** this.#crashes)
    this.#crashes++
    const when = pauseMs === 0 ? 'now' : `in ${pauseMs / 1000} s`
    this.#options.logger.error({ event: 'keeper' }, `${problem}; another one is started ${when}`)
    this.#timer = setTimeout(() => void this.#start(), pauseMs)
  }

  #lookWhetherOver(): void {
    const isHopeless = this.#crashes === 0 && this.#current === undefined && !this.#isReplacing
    if (this.#charges.size === 0 && (this.#isStopping || isHopeless)) {
      this.#end(this.#exitCode)
    }
  }

  #say(message: string): void {
    this.#options.logger.info({ event: 'keeper' }, message)
  }
}
