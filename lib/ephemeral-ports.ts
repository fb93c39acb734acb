/**
 * ephemeralPorts: the ports that the kernel gives to outgoing connections, on Linux.
 *
 * @see Linux Documentation/networking/ip-sysctl.rst, ip_local_port_range and ip_local_reserved_ports
 */
import { readFileSync } from 'node:fs'

/** What `ephemeralPorts` says where the system says nothing. */
const none = '0--1'

export interface EphemeralPorts {
  /** `32768-60999`. */
  readonly text: string
  has(port: number): boolean
}

/** Reads the range less the reserved ports; where the system does not say, there are none. */
export function ephemeralPorts(folder = '/proc/sys/net/ipv4'): EphemeralPorts {
  const [first = 0, last = -1] = readNumbers(`${folder}/ip_local_port_range`, /\s+/)[0] ?? []
  const reserved = readNumbers(`${folder}/ip_local_reserved_ports`, '-', ',')
  return {
    text: `${first}-${last}`,
    has: (port) =>
      first <= port &&
      port <= last &&
      !reserved.some(([from = 0, to = from]) => from <= port && port <= to),
  }
}

/** Whether a port may be the source of an outgoing connection; true of every port where the system does not say. */
export function sourcePorts(folder?: string): (port: number) => boolean {
  const ports = ephemeralPorts(folder)
  return ports.text === none ? () => true : (port) => ports.has(port)
}

/** Tuples of numbers, `1-3,7` as [[1, 3], [7]]. */
function readNumbers(path: string, within: string | RegExp, between = '\n'): number[][] {
  try {
    const text = readFileSync(path, 'utf8').trim()
    return text === '' ? [] : text.split(between).map((part) => part.split(within).map(Number))
  } catch {
    return [] // no procfs: macOS, Windows
  }
}
