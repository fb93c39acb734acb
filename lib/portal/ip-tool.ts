/**
 * IpTool: `ip route` of one family, as three functions.
 */
import type { CIDR, IPFamily } from '../address.ts'
import type { Route } from './anyip-routes.ts'
import { anyIPRoute, parseRoutes, routeProtocol } from './anyip-routes.ts'
import { commandFailure } from './command-failure.ts'
import type { RunCommand } from './run-command.ts'

/** Every method throws a ProxyError ERR_PORTAL where `ip` is missing or fails. */
export class IpTool {
  readonly #run: RunCommand
  readonly #family: string

  constructor({ family, run }: { readonly family: IPFamily; readonly run: RunCommand }) {
    this.#family = family === 'IPv4' ? '-4' : '-6'
    this.#run = run
  }

  async show(table: 'all' | 'local'): Promise<readonly Route[]> {
    return parseRoutes(await this.#ip(['route', 'show', 'table', table]))
  }

  /** Makes all addresses of `cidr` local, whether or not they are. */
  async replace(cidr: CIDR, nodeAddress: string | undefined): Promise<void> {
    await this.#ip(['route', 'replace', ...anyIPRoute(cidr, nodeAddress)])
  }

  /** Removes a route of ours. */
  async remove({ address, prefixLength }: Route): Promise<void> {
    const destination = `${address}/${prefixLength}`
    await this.#ip(['route', 'del', 'local', destination, 'dev', 'lo', 'proto', routeProtocol])
  }

  async #ip(args: readonly string[]): Promise<string> {
    const result = await this.#run('ip', [this.#family, ...args]).catch((error: unknown) => {
      throw commandFailure('ip', error as Error)
    })
    if (result.exitCode !== 0) throw commandFailure('ip', result)
    return result.stdout
  }
}
