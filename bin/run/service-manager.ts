/**
 * ServiceManager: systemd, where it has started this process with `Type=notify`.
 *
 * It listens on a datagram socket of the file system, which Node has not; its own program `systemd-notify` is asked to say
 * it. That is another process, so the unit needs `NotifyAccess=all`.
 *
 * @see sd_notify(3)
 */
import { execFile } from 'node:child_process'
import type { Logger } from '../../lib/index.ts'

const words = { ready: 'READY=1', reloading: 'RELOADING=1', stopping: 'STOPPING=1' } as const

export class ServiceManager {
  readonly #isThere: boolean
  readonly #logger: Logger
  #hasWarned = false

  /** @param options.socket `NOTIFY_SOCKET` of the environment */
  constructor({ socket, logger }: { socket: string | undefined; logger: Logger }) {
    this.#isThere = socket !== undefined && socket !== ''
    this.#logger = logger
  }

  /** Tells it, in a while. */
  tell(state: keyof typeof words): void {
    if (!this.#isThere) return
    execFile('systemd-notify', [words[state]], (error) => {
      if (error === null || this.#hasWarned) return
      this.#hasWarned = true
      const message = `systemd cannot be told: systemd-notify: ${error.code ?? error.message}`
      this.#logger.warn({ event: 'keeper' }, message)
    })
  }
}
