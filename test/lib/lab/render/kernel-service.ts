import t from 'tap'
import { kernelServicesOf } from '../../../fixtures/kernel-services.ts'

const ports = [{ port: 80 }]
const three = ['10.244.0.11', '10.244.0.12', '10.244.0.13']

t.test('it has endpoints of its own family only', async (t) => {
  const [service] = await kernelServicesOf([
    { spec: { ports }, endpoints: ['10.244.0.11', 'fd00::1'] },
  ])
  t.match(service, { family: 'IPv4', clusterEndpoints: { length: 1 } })
})

t.test('policies say which endpoints are for whom', async (t) => {
  const rows = [
    // internal, external, node, endpoints of Cluster, of Local, whether any is usable
    ['Cluster', 'Cluster', 'node-a', 3, 0, true],
    ['Cluster', 'Local', 'node-a', 3, 1, true],
    ['Cluster', 'Local', 'node-z', 3, 0, true],
    ['Local', 'Cluster', 'node-a', 3, 1, true],
    ['Local', 'Local', 'node-a', 3, 1, true],
    ['Local', 'Local', 'node-z', 3, 0, true],
  ] as const
  for (const [internal, external, nodeName, cluster, local, any] of rows) {
    const spec = {
      type: 'NodePort',
      clusterIP: '10.96.0.1',
      ports: [{ port: 80, nodePort: 30_080 }],
      internalTrafficPolicy: internal,
      externalTrafficPolicy: external,
    }
    const [service] = await kernelServicesOf([{ spec, endpoints: three }], { nodeName })
    t.match(
      service,
      {
        isInternalLocal: internal === 'Local',
        isExternalLocal: external === 'Local',
        clusterEndpoints: { length: cluster },
        localEndpoints: { length: local },
        hasEndpoints: any,
      },
      `${internal} ${external} ${nodeName}`,
    )
  }
})

t.test('a Service that is for this node only is known to have endpoints elsewhere', async (t) => {
  const spec = { clusterIP: '10.96.0.1', ports, internalTrafficPolicy: 'Local' }
  const [elsewhere] = await kernelServicesOf([{ spec, endpoints: three }], { nodeName: 'node-z' })
  t.match(elsewhere, { localEndpoints: [], hasEndpoints: true })
  const [nowhere] = await kernelServicesOf([{ spec }], { nodeName: 'node-z' })
  t.match(nowhere, { localEndpoints: [], hasEndpoints: false })
})
