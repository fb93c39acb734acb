/**
 * KubernetesHealth: what works and what does not, told when it changes and not at each try.
 *
 * It is live when all watches are. One that has failed counts again when it has been heard or has lasted for a second:
 * a server that accepts and hangs up at once is no server.
 */
import { printable } from '../model/printable.ts'
import type { SourceStatus } from './service-source.ts'
import { StatusError } from './status-error.ts'

interface Failure {
  readonly since: string
  readonly text: string
}

/** Something that is asked of the server. */
export interface Subject {
  /** For people: `Services`. */
  readonly label: string
  /** As a role names it: `services`. */
  readonly name: string
}

/** What was to be done with it. */
type Done = 'read' | 'listed' | 'watched'

export interface KubernetesHealthOptions {
  readonly tell: (status: SourceStatus) => void
  readonly server: string
  /** ms since 1970. */
  readonly now: () => number
}

export class KubernetesHealth {
  readonly #options: KubernetesHealthOptions
  readonly #failures = new Map<string, Failure>()
  /** Names of all that have to work, with their labels. */
  readonly #expected = new Map<string, string>()
  readonly #working = new Set<string>()
  /** Refusals that were told since it was last live, as name and status. No time heals them, so each is told. */
  readonly #refusals = new Set<string>()
  #isLive: boolean | undefined
  #hasStarted = false

  constructor(options: KubernetesHealthOptions) {
    this.#options = options
  }

  /** All that has to work for it to be live. */
  expect(subjects: readonly Subject[]): void {
    for (const { name, label } of subjects) this.#expected.set(name, label)
  }

  /** All that exists has been told once. */
  started(): void {
    this.#hasStarted = true
  }

  /** A request has failed, and will be made again. */
  failed(subject: Subject, done: Done, error: unknown): void {
    const { name } = subject
    const earlier = this.#failures.get(name)
    const since = earlier?.since ?? new Date(this.#options.now()).toISOString()
    this.#working.delete(name)
    this.#failures.set(name, { since, text: describe(subject, done, since, error) })
    const status = refusalOf(error)
    const refusal = status && `${name} ${status}`
    if (this.#isLive === false && (!refusal || this.#refusals.has(refusal))) return
    this.#isLive = false
    if (refusal) this.#refusals.add(refusal)
    const texts = Array.from(this.#failures.values(), ({ text }) => text)
    texts.push(this.#hasStarted ? 'what was known is still served' : 'nothing is served before')
    this.#options.tell({ isLive: false, detail: texts.join('; ') })
  }

  /** The server has accepted a watch. */
  accepted({ name }: Subject): void {
    if (!this.#failures.has(name)) this.#works(name)
  }

  /** A request has been answered, or a watch has been heard or has lasted. */
  recovered({ name }: Subject): void {
    this.#failures.delete(name)
    this.#works(name)
  }

  #works(name: string): void {
    this.#working.add(name)
    if (this.#isLive === true || this.#failures.size > 0) return
    const names = [...this.#expected.keys()]
    if (names.length === 0 || !names.every((name) => this.#working.has(name))) return
    this.#isLive = true
    this.#refusals.clear()
    const labels = [...this.#expected.values()].join(', ')
    this.#options.tell({ isLive: true, detail: `watching ${labels} of ${this.#options.server}` })
  }
}

function refusalOf(error: unknown): 401 | 403 | undefined {
  if (!(error instanceof StatusError)) return undefined
  return error.status === 401 || error.status === 403 ? error.status : undefined
}

/** `Services cannot be watched since …: 403 Forbidden: …; a role that may list and watch services would be right`. */
function describe({ label, name }: Subject, done: Done, since: string, error: unknown) {
  const refusal = refusalOf(error)
  const rights = refusal === 403 && `a role that may list and watch ${name} would be right`
  const credentials = refusal === 401 && 'credentials that this server accepts would be right'
  const right = rights || credentials
  return `${label} cannot be ${done} since ${since}: ${reason(error)}${right ? `; ${right}` : ''}`
}

function reason(error: unknown): string {
  // What Node throws where a name has several addresses has no message of its own.
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error]
  return printable([...new Set(errors.map(messageOf))].join(', '), 500)
}

/** Where the message is as short as `aborted`, with the code. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { message, code } = error as NodeJS.ErrnoException
  return code === undefined || message.includes(code) ? message : `${message} (${code})`
}
