/**
 * The Services that every relay serves in the bench, each at the same port of the relay's own address, and what is
 * behind them. Pure.
 */

export interface Endpoint {
  readonly ip: string
  readonly port: number
}

export interface Service {
  readonly name: string
  readonly protocol: 'TCP' | 'UDP'
  readonly port: number
  readonly endpoints: readonly Endpoint[]
}

export type ServiceName = 'web' | 'web-black-hole' | 'bulk' | 'udp-echo' | 'udp-sink'

/** Where nobody is, and no SYN is ever answered: behind a device that drops all. */
export const blackHole: Endpoint = { ip: '10.99.0.2', port: 8080 }

const web = ['127.0.1.1', '127.0.1.2', '127.0.1.3'].map((ip) => ({
  ip,
  port: 8080,
})) satisfies Endpoint[]

export const services: Readonly<Record<ServiceName, Service>> = {
  web: { name: 'web', protocol: 'TCP', port: 8001, endpoints: web },
  'web-black-hole': {
    name: 'web-black-hole',
    protocol: 'TCP',
    port: 8002,
    endpoints: [...web.slice(0, 2), blackHole],
  },
  bulk: { name: 'bulk', protocol: 'TCP', port: 8003, endpoints: [{ ip: '127.0.1.1', port: 9000 }] },
  'udp-echo': {
    name: 'udp-echo',
    protocol: 'UDP',
    port: 8004,
    endpoints: [{ ip: '127.0.1.1', port: 9001 }],
  },
  'udp-sink': {
    name: 'udp-sink',
    protocol: 'UDP',
    port: 8005,
    endpoints: [{ ip: '127.0.1.1', port: 9002 }],
  },
}

/** `count` Services that nobody dials. */
export function otherServices(count: number): Service[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `other-${index}`,
    protocol: 'TCP',
    port: 10_000 + index,
    endpoints: [{ ip: '127.0.1.9', port: 9 }],
  }))
}
