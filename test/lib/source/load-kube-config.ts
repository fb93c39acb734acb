import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadKubeConfig } from '../../../lib/source/load-kube-config.ts'

// Pods and the service account are in kubernetes-client.ts, where there is a server to believe it.

t.test('paths are those of the file, and http:// is not refused', async (t) => {
  const kubeconfig = join(t.testdir(), 'config')
  const user = { 'client-certificate': 'tls.crt', 'client-key': '/etc/tls.key' }
  const config = {
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    clusters: [
      { name: 'a', cluster: { server: 'http://127.0.0.1:8001', 'certificate-authority': 'ca' } },
    ],
    users: [{ name: 'a', user }],
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  const loaded = await loadKubeConfig({ kubeconfig, context: 'a' })
  t.match(loaded.getCurrentCluster(), {
    server: 'http://127.0.0.1:8001',
    skipTLSVerify: true,
    caFile: join(kubeconfig, '../ca'),
  })
  t.match(loaded.getCurrentUser(), {
    certFile: join(kubeconfig, '../tls.crt'),
    keyFile: '/etc/tls.key',
  })
})
