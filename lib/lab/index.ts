/**
 * The door of the teaching lab, `userspace-proxy/lab`: what the modes of kube-proxy would install for the same Services.
 *
 * It stands on the library's own door and on nothing behind it.
 */
export { kernelServices } from './render/kernel-service.ts'
export type { KernelService } from './render/kernel-service.ts'
export { iptablesMode } from './render/iptables/iptables-mode.ts'
export type { IptablesModeOptions } from './render/iptables/iptables-mode.ts'
