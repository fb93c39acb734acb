/**
 * ServiceHealthServer: what a load balancer asks this node of one Service, at its healthCheckNodePort.
 *
 * On one address or several. It knows neither which these are nor when to try again; see ServiceHealthServers.
 *
 * @see kubernetes v1.34 pkg/proxy/healthcheck/service_health.go `hcInstance`, `hcHandler`
 */
import { ProxyError } from '../errors.ts'
import type { SharedPorts } from '../shared-ports.ts'
import type { JSONAnswer } from './json-answer.ts'
import { JSONServer } from './json-server.ts'

/** What is answered at one moment. */
export interface ServiceHealthAnswer {
  readonly localEndpoints: number
  readonly serviceProxyHealthy: boolean
}

export interface ServiceHealthServerOptions {
  readonly namespace: string
  readonly name: string
  readonly port: number
  readonly ask: () => Promise<ServiceHealthAnswer>
  /** Where listening sockets are shared with the process that comes next. */
  readonly sharedPorts?: SharedPorts | undefined
}

export class ServiceHealthServer {
  readonly #options: ServiceHealthServerOptions
  /** Those that listen, by address. */
  readonly #servers = new Map<string, JSONServer>()

  constructor(options: ServiceHealthServerOptions) {
    this.#options = options
  }

  get port(): number {
    return this.#options.port
  }

  /**
   * Listens on these addresses and no others. Of those that are new, on all or none.
   *
   * @throws {ProxyError} ERR_LISTEN; what was bound before goes on
   */
  async listen(addresses: readonly string[]): Promise<void> {
    const { namespace, name, port, sharedPorts } = this.#options
    const failed = `failed to start healthcheck "${namespace}/${name}" on port ${port}`
    if (addresses.length === 0) {
      throw new ProxyError('ERR_LISTEN', `${failed}: the node has none of the nodeportAddresses`)
    }
    const gone = [...this.#servers.keys()].filter((address) => !addresses.includes(address))
    await this.#closeOn(gone)
    const missing = addresses.filter((address) => !this.#servers.has(address))
    try {
      for (const address of missing) {
        const server = new JSONServer({
          name: failed,
          address,
          port,
          ipv6Only: true,
          sharedPorts,
          answer: () => this.#answer(),
        })
        await server.start()
        this.#servers.set(address, server)
      }
    } catch (error) {
      await this.#closeOn(missing)
      throw error
    }
  }

  /** Idempotent. */
  close(): Promise<void> {
    return this.#closeOn([...this.#servers.keys()])
  }

  async #closeOn(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) {
      await this.#servers.get(address)?.close()
      this.#servers.delete(address)
    }
  }

  /** Whatever the method and the path are. */
  async #answer(): Promise<JSONAnswer> {
    const { namespace, name, ask } = this.#options
    const { localEndpoints, serviceProxyHealthy } = await ask()
    return {
      status: localEndpoints > 0 && serviceProxyHealthy ? 200 : 503,
      headers: { 'x-load-balancing-endpoint-weight': String(localEndpoints) },
      body: JSON.stringify(
        { service: { namespace, name }, localEndpoints, serviceProxyHealthy },
        null,
        '\t',
      ),
    }
  }
}
