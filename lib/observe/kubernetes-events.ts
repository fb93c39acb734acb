/**
 * KubernetesEvents: tells the cluster what this proxy cannot do on its node, as Events on the Service or the Node that
 * `kubectl describe` shows.
 *
 * Listens to a Proxier. It blocks nothing, and nothing fails because of it: how much is written and what is dropped
 * stand in EventRecorder and EventWriter.
 *
 * @see kubernetes v1.34 pkg/proxy, which has the reasons Starting and FailedToStartServiceHealthcheck
 */
import type { EventEmitter } from 'node:events'
import type { ProxyError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { silentLogger } from '../logger.ts'
import type { PortalMode } from '../portal/portal-binder.ts'
import type { ListenerInfo, ProxierEvents, RefusedInfo } from '../proxier-options.ts'
import type { ClusterEvent, EventSubject } from './event-object.ts'
import { EventRecorder } from './event-recorder.ts'
import type { EventReason } from './event-reasons.ts'
import type { EventSink } from './event-writer.ts'
import { EventWriter } from './event-writer.ts'
import type { ServiceHealthFailure } from './service-health-servers.ts'

/** What is asked of a Proxier. */
export interface EventsProxier extends Pick<EventEmitter<ProxierEvents>, 'on' | 'off'> {
  readonly options: { readonly nodeName: string }
  readonly portalBinder: { readonly mode: PortalMode }
}

export interface KubernetesEventsOptions {
  readonly proxier: EventsProxier
  /** Whose cluster is told: the KubernetesSource of the Proxier. */
  readonly source: EventSink
  /** Told once where Events may not be written. Default: silence. */
  readonly logger?: Logger
  /** Events that wait at most while the API server is away. Default 1000, as client-go. */
  readonly mostQueued?: number
  /** ms since 1970. Default `Date.now`. */
  readonly now?: () => number
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number
}

export interface EventCounts {
  /** Requests that have succeeded: new Events, and counts of those that repeat themselves. */
  readonly written: number
  /** Events that will never be there: the API server was away for long or refused them. */
  readonly dropped: number
  /** Events that were left out because there were so many about the same object. */
  readonly suppressed: number
}

const controller = 'userspace-proxy'
const mostRefusedShown = 5

export class KubernetesEvents {
  readonly #proxier: EventsProxier
  readonly #nodeName: string
  readonly #writer: EventWriter
  readonly #recorder: EventRecorder
  #hasStarted = false

  constructor(options: KubernetesEventsOptions) {
    const { proxier, source, mostQueued = 1000 } = options
    const { logger = silentLogger, now = Date.now, random = Math.random } = options
    this.#proxier = proxier
    this.#nodeName = proxier.options.nodeName
    const reporter = { controller, nodeName: this.#nodeName }
    this.#writer = new EventWriter({ sink: source, reporter, logger, now, random, mostQueued })
    this.#recorder = new EventRecorder({ writer: this.#writer, now, random })
  }

  get counts(): EventCounts {
    return { ...this.#writer.counts, suppressed: this.#recorder.suppressed }
  }

  /** To be called before the Proxier is started, so that nothing is missed. */
  start(): void {
    this.#proxier.on('sync', this.#synced)
    this.#proxier.on('listener', this.#listener)
    this.#proxier.on('problem', this.#problem)
    this.#proxier.on('refused', this.#refused)
  }

  /** Ends requests that are under way; what was not written is lost. Idempotent. */
  async close(): Promise<void> {
    this.#proxier.off('sync', this.#synced)
    this.#proxier.off('listener', this.#listener)
    this.#proxier.off('problem', this.#problem)
    this.#proxier.off('refused', this.#refused)
    this.#recorder.close()
    await this.#writer.close()
  }

  /** For ServiceHealthServers: a port that load balancers ask cannot be bound. */
  readonly serviceHealthFailed = ({ namespace, name, message }: ServiceHealthFailure): void => {
    const reason = 'FailedToStartServiceHealthcheck'
    this.#warn({ kind: 'Service', namespace, name }, { reason, action: 'Listen', note: message })
  }

  readonly #synced = (): void => {
    if (!this.#hasStarted) {
      this.#hasStarted = true
      this.#record('Normal', this.#node, {
        reason: 'Starting',
        action: 'StartUserspaceProxy',
        note: `Services are served, portals: ${this.#proxier.portalBinder.mode}`,
      })
    }
    this.#writer.resume()
  }

  readonly #listener = ({ servicePort, role, error }: ListenerInfo): void => {
    if (error === undefined) return
    this.#warn(serviceOf(servicePort), {
      reason: listenReason(error),
      action: 'Listen',
      note: `${role.replace('-', ' ')} of ${servicePort}: ${error}; tried again`,
      // It may have many addresses, each of which has failed.
      part: `${servicePort} ${role}`,
    })
  }

  /** Those with a reason; the others are told by their own event, or no matter of the cluster. */
  readonly #problem = ({ reason, servicePort, message }: ProxyError): void => {
    if (reason === undefined) return
    const regarding = servicePort === undefined ? this.#node : serviceOf(servicePort)
    this.#warn(regarding, { reason, action: 'SyncPortals', note: message, part: servicePort ?? '' })
  }

  readonly #refused = ({ servicePort, endpoints }: RefusedInfo): void => {
    const shown = endpoints
      .slice(0, mostRefusedShown)
      .map(({ endpoint, reason }) => `${endpoint.key} (${reason})`)
    const more = endpoints.length - shown.length
    this.#warn(serviceOf(servicePort), {
      reason: 'EndpointRefused',
      action: 'SyncEndpoints',
      note: `endpoints of ${servicePort} are refused: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      part: servicePort,
    })
  }

  /** `undefined` where its name is not known. */
  get #node(): EventSubject | undefined {
    const name = this.#nodeName
    return name === '' ? undefined : { kind: 'Node', namespace: '', name }
  }

  #warn(regarding: EventSubject | undefined, told: Told): void {
    const where = this.#nodeName === '' ? '' : `${this.#nodeName}: `
    this.#record('Warning', regarding, { ...told, note: `${where}${told.note}` })
  }

  #record(type: ClusterEvent['type'], regarding: EventSubject | undefined, told: Told): void {
    if (regarding !== undefined) this.#recorder.record({ type, regarding, ...told })
  }
}

type Told = Omit<ClusterEvent, 'type' | 'regarding'> & { readonly reason: EventReason }

/** The Service of `namespace/name:port`. */
function serviceOf(servicePort: string): EventSubject {
  const [namespace = '', rest = ''] = servicePort.split('/')
  const [name = ''] = rest.split(':')
  return { kind: 'Service', namespace, name }
}

/** `error` begins with the code of the system call, where there was one. */
function listenReason(error: string): EventReason {
  if (error.startsWith('EADDRINUSE')) return 'PortTaken'
  return error.startsWith('EACCES') ? 'NoRights' : 'FailedToListen'
}
