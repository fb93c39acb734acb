import t from 'tap'
import { MemorySource, plannedServicePorts } from '../../../lib/index.ts'
import type { LabPod } from '../../../lib/lab/lab.ts'
import type { LabObjectsInput } from '../../../lib/lab/lab-objects.ts'
import { labObjects } from '../../../lib/lab/lab-objects.ts'

const service = {
  name: 'default/web',
  clusterIP: '10.96.0.10',
  port: 80,
  nodePort: 30_080,
  sessionAffinity: 'None',
} as const

function pod(number: 1 | 2 | 3, more: Partial<LabPod> = {}): LabPod {
  return {
    name: `pod-${number}`,
    address: `10.244.1${number}.2`,
    port: 8080,
    condition: 'running',
    isReady: true,
    isListed: true,
    ...more,
  }
}

async function planned(input: Partial<LabObjectsInput>) {
  const objects = labObjects({ service, pods: [pod(1)], otherServices: 0, ...input })
  const { servicePorts } = await plannedServicePorts({ source: new MemorySource(objects) })
  return servicePorts.map(({ servicePort, entries }) => ({
    name: `${servicePort.name.namespace}/${servicePort.name.name}:${servicePort.name.port}`,
    clusterIP: servicePort.clusterIP,
    usable: entries[0].usable.map(({ key }) => key),
  }))
}

t.test('the Service has a port for TCP and one for UDP, with the same endpoints', async (t) => {
  const usable = ['10.244.11.2:8080', '10.244.12.2:8080']
  t.same(await planned({ pods: [pod(1), pod(2)] }), [
    { name: 'default/web:http', clusterIP: '10.96.0.10', usable },
    { name: 'default/web:udp', clusterIP: '10.96.0.10', usable },
  ])
})

t.test('what is not listed or not ready gets nothing', async (t) => {
  const pods = [pod(1, { isListed: false }), pod(2, { isReady: false }), pod(3)]
  const [http] = await planned({ pods })
  t.same(http?.usable, ['10.244.13.2:8080'])
})

t.test('a pod that has died is still listed: nobody has told', async (t) => {
  const [http] = await planned({ pods: [pod(1, { condition: 'killed' })] })
  t.same(http?.usable, ['10.244.11.2:8080'])
})

t.test('pods that share an address have ports of their own', async (t) => {
  const at = (port: number) => ({ address: '127.0.0.1', port })
  const [http] = await planned({ pods: [pod(1, at(5001)), pod(2, at(5002))] })
  t.same(http?.usable, ['127.0.0.1:5001', '127.0.0.1:5002'])
})

t.test('other Services sort before, each at an address of its own', async (t) => {
  const all = await planned({ otherServices: 300 })
  t.equal(all.length, 302)
  t.equal(new Set(all.map(({ clusterIP }) => clusterIP)).size, 301)
  t.match(all[0], {
    name: 'aaa/other-00001:http',
    clusterIP: '10.97.0.1',
    usable: ['10.240.0.1:8080'],
  })
  t.match(all[299], { name: 'aaa/other-00300:http', clusterIP: '10.97.1.44' })
})
