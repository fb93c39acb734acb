/**
 * ipvsLines: virtual servers as `ipvsadm -Ln` prints them, space for space, so that what reads the one reads the other.
 *
 * @see ipvsadm 1.31 ipvsadm.c `print_title`, `print_service_entry`
 */
import { formatHostPort } from './address.ts'
import type { RealServer, VirtualServer } from './virtual-servers.ts'

/** Version and table size are those of a kernel that was left as it is; readers skip this line or look for it. */
const title = [
  'IP Virtual Server version 1.2.1 (size=4096)',
  'Prot LocalAddress:Port Scheduler Flags',
  '  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn',
]

export function ipvsLines(servers: readonly VirtualServer[]): string[] {
  return [...title, ...servers.flatMap((server) => [serverLine(server), ...realLines(server)])]
}

function serverLine(server: VirtualServer): string {
  const { protocol, address, portNumber, scheduler, persistentSeconds } = server
  const line = `${protocol}  ${formatHostPort(address, portNumber)} ${scheduler}`
  return persistentSeconds === 0 ? line : `${line} persistent ${persistentSeconds}`
}

/** `Masq`: the nearest to what a proxy does, and what kube-proxy's mode ipvs had. */
function realLines({ realServers }: VirtualServer): string[] {
  return realServers.map((server: RealServer) => {
    const { address, port, weight, activeConnections, inactiveConnections } = server
    const place = formatHostPort(address, port).padEnd(28)
    const counts = [activeConnections, inactiveConnections].map((count) => String(count).padEnd(10))
    return `  -> ${place} ${'Masq'.padEnd(7)} ${String(weight).padEnd(6)} ${counts.join(' ')}`
  })
}
