import t from 'tap'
import { configz } from '../../../lib/observe/configz.ts'
import { parseOptions } from '../../../lib/options.ts'

t.test('the options are shown as a KubeProxyConfiguration, with what else is known', async (t) => {
  const options = parseOptions({ clusterCIDRs: ['10.244.0.0/16', 'fd00::/56'], nodeName: 'a' })
  t.strictSame(configz(options, { metricsBindAddress: '127.0.0.1:0' }), {
    'kubeproxy.config.k8s.io': {
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'userspace',
      bindAddress: '127.0.0.1',
      hostnameOverride: 'a',
      clusterCIDR: '10.244.0.0/16,fd00::/56',
      portRange: '',
      udpIdleTimeout: '60s',
      iptables: { syncPeriod: '30s', minSyncPeriod: '50ms' },
      metricsBindAddress: '127.0.0.1:0',
    },
  })
})

t.test('durations are as Go writes them', async (t) => {
  const options = parseOptions({ syncPeriodMs: 1500, minSyncPeriodMs: 0 })
  t.match(configz(options), {
    'kubeproxy.config.k8s.io': { iptables: { syncPeriod: '1.5s', minSyncPeriod: '0s' } },
  })
})
