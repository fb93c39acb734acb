/**
 * userspaceMode: the rules that lead clients to this library's own proxy, as `run --portals iptables` installs them.
 */
import type { DesiredServicePort, IPFamily } from '../../index.ts'
import { IptablesPortalBinder, plannedListeners } from '../../index.ts'

export interface UserspaceModeOptions {
  readonly family: IPFamily
  /** Of this family. Default: one that the machine has. */
  readonly nodeAddress?: string | undefined
}

/** Those of one family. Proxy ports, which nobody knows before they are bound, are counted from 40001. */
export function userspaceMode(
  rows: readonly DesiredServicePort[],
  { family, nodeAddress }: UserspaceModeOptions,
): string {
  const portalBinder = new IptablesPortalBinder({
    externalIPCIDRs: ['0.0.0.0/0', '::/0'],
    nodeAddresses: nodeAddress === undefined ? {} : { [family]: nodeAddress },
  })
  const bound = rows
    .filter(({ servicePort }) => servicePort.family === family)
    .flatMap(({ servicePort }) => plannedListeners(portalBinder, servicePort))
    .map((one, i) => {
      const listeners = one.listeners.map((listener) =>
        listener.role === 'proxy-port' ? { ...listener, port: 40_001 + i } : listener,
      )
      return { ...one, listeners }
    })
  return portalBinder.rules(bound).replace(/^# .*\n/, '')
}
