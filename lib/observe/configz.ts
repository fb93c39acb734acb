/**
 * configz: the options of a Proxier as kube-proxy would write them, a KubeProxyConfiguration. Pure.
 *
 * What no field of kube-proxy's says (dial timeouts, the limits of flows) is not in it.
 *
 * @see kubernetes v1.34 staging/src/k8s.io/kube-proxy/config/v1alpha1/types.go
 */
import type { ProxyOptions } from '../options.ts'

/** `more`: fields that a Proxier does not know, such as the addresses of its servers. */
export function configz(options: ProxyOptions, more: object = {}): object {
  const { bindAddress, nodeName, clusterCIDRs, proxyPortRange } = options
  const { syncPeriodMs, minSyncPeriodMs, udpTimeoutMs } = options
  return {
    'kubeproxy.config.k8s.io': {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'userspace',
      bindAddress,
      hostnameOverride: nodeName,
      clusterCIDR: clusterCIDRs.join(','),
      portRange: proxyPortRange,
      udpIdleTimeout: duration(udpTimeoutMs),
      iptables: { syncPeriod: duration(syncPeriodMs), minSyncPeriod: duration(minSyncPeriodMs) },
      ...more,
    },
  }
}

/** As Go writes it. */
function duration(ms: number): string {
  return ms > 0 && ms < 1000 ? `${ms}ms` : `${ms / 1000}s`
}
