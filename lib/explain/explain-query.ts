/**
 * ExplainQuery: what `explain` is asked, and its check. All of it is text, since it comes from URLs and command lines.
 */
import type { IPFamily } from '../address.ts'
import { canonicalAddress } from '../address.ts'
import type { Protocol } from '../model/service-port-name.ts'
import { invalidOption } from '../options.ts'

/** How the client comes; `external` is any way but the cluster IP. */
export type Via = 'cluster' | 'external' | 'load-balancer' | 'node-port'

export interface ExplainQuery {
  /** `namespace/name:port`; the port by its name or number. Without a namespace `default`, without a port the only one. */
  readonly service: string
  /** Address of the client. Default: no client in particular. */
  readonly client?: string | undefined
  /** Default `cluster`. */
  readonly via?: Via | undefined
  /** Where one name is a TCP and a UDP port. */
  readonly protocol?: Protocol | undefined
  /** Where the Service is dual stack. Default: that of the client. */
  readonly family?: IPFamily | undefined
}

/** The same, checked and taken apart. */
export interface ServicePortQuery {
  readonly namespace: string
  readonly name: string
  /** A name or a number; `undefined` where there is only one. */
  readonly port: string | undefined
  /** Canonical, or `''`. */
  readonly client: string
  readonly via: Via
  readonly protocol: Protocol | undefined
  readonly family: IPFamily | undefined
}

const choices = Object.freeze({
  via: ['cluster', 'external', 'load-balancer', 'node-port'] satisfies Via[],
  protocol: ['TCP', 'UDP'] satisfies Protocol[],
  family: ['IPv4', 'IPv6'] satisfies IPFamily[],
})

/** The keys of an ExplainQuery. */
export const explainParameters: readonly string[] = ['service', 'client', ...Object.keys(choices)]

/** @throws {ProxyError} ERR_INVALID_OPTION naming the key, its value and what would be right */
export function parseExplainQuery(query: ExplainQuery): ServicePortQuery {
  for (const name of Object.keys(query)) {
    if (!explainParameters.includes(name)) {
      throw invalidOption(name, 'is nothing to ask', `one of ${explainParameters.join(', ')}`)
    }
  }
  const { service = '', client = '' } = query as Partial<ExplainQuery>
  const match = /^(?:([^/:]+)\/)?([^/:]+)(?::([^/:]+))?$/.exec(service)
  if (match === null) throw wrong('service', service, 'a Service such as shop/web:http')
  const [, namespace = 'default', name = '', port] = match
  const address = client === '' ? '' : canonicalAddress(client)
  if (address === undefined) throw wrong('client', client, 'an IP address')
  return {
    namespace,
    name,
    port,
    client: address,
    via: oneOf('via', query.via) ?? 'cluster',
    protocol: oneOf('protocol', query.protocol),
    family: oneOf('family', query.family),
  }
}

/** Whether it is in capitals says nothing. */
function oneOf<Name extends keyof typeof choices>(
  name: Name,
  text: string | undefined,
): (typeof choices)[Name][number] | undefined {
  if (text === undefined) return undefined
  const choice = choices[name].find((one) => one.toLowerCase() === text.toLowerCase())
  if (choice !== undefined) return choice
  throw wrong(name, text, choices[name].join(', ').replace(/, (?=[^,]*$)/, ' or '))
}

function wrong(name: string, text: string, right: string): Error {
  return invalidOption(name, `is ${JSON.stringify(text)}`, right)
}
