/**
 * What the daemon tells probes and load balancers of its health: on the healthz address of itself, and at the
 * healthCheckNodePorts of Services.
 */
import type { Options } from 'yargs'
import type {
  Logger,
  Metrics,
  Proxier,
  ServiceHealthFailure,
  SharedPorts,
} from '../../lib/index.ts'
import { HealthServer, ServiceHealthServers } from '../../lib/index.ts'
import type { Flags } from '../flags.ts'
import type { PortalSettings } from '../portal-binders.ts'
import { RetriedServer } from './retried-server.ts'

/** For yargs. */
export const healthzOption: Options = {
  type: 'string',
  requiresArg: true,
  default: '0.0.0.0:10256',
  describe: 'Where probes ask /healthz, /livez and /readyz; port 0: any, "": nowhere',
}

/** Where probes ask; `undefined` where nobody is to. */
export type Healthz = { readonly address: string; readonly port: number } | undefined

/** @throws {CommandError} */
export function readHealthzFlag(flags: Flags): Healthz {
  const name = 'healthz-bind-address'
  return flags.text(name) === '' ? undefined : flags.hostPort(name)
}

export interface HealthSurfaceOptions {
  readonly proxier: Proxier
  readonly logger: Logger
  /** Counts what probes are answered. */
  readonly metrics?: Metrics
  readonly healthz: Healthz
  readonly portals: Pick<PortalSettings, 'mode' | 'nodeportAddresses'>
  /** Where listening sockets are shared with the process that comes next. */
  readonly sharedPorts?: SharedPorts | undefined
  /** Called once for each fault of a healthCheckNodePort. */
  readonly onServiceFailure?: ((failure: ServiceHealthFailure) => void) | undefined
}

export class HealthSurface {
  readonly #probes: RetriedServer | undefined
  readonly #services: ServiceHealthServers

  constructor(options: HealthSurfaceOptions) {
    const { proxier, logger, metrics, healthz, portals, onServiceFailure, sharedPorts } = options
    const onAnswer = metrics?.probed.bind(metrics)
    const { mode, nodeportAddresses = [mode === 'none' ? 'localhost' : 'all'] } = portals
    this.#services = new ServiceHealthServers({
      proxier,
      logger,
      nodeportAddresses,
      onFailure: onServiceFailure,
      sharedPorts,
    })
    this.#probes =
      healthz &&
      new RetriedServer({
        server: new HealthServer({ proxier, onAnswer, sharedPorts, ...healthz }),
        name: 'health server',
        event: 'health',
        address: healthz.address,
        logger,
        level: 'debug',
      })
  }

  /** `address:port` for probes, or why there is none; `undefined` where nobody is to ask. */
  get place(): string | undefined {
    return this.#probes && (this.#probes.place ?? 'not yet: its port is taken')
  }

  /** To be called before the Proxier is started, so that also a long start can be watched. Resolves when all was tried once. */
  async start(): Promise<void> {
    await this.#probes?.start()
    await this.#services.start()
  }

  /** To be called when the Proxier is closed, so that it can be seen to close. */
  async close(): Promise<void> {
    await Promise.all([this.#probes?.close(), this.#services.close()])
  }
}
