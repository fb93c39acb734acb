import t from 'tap'
import {
  formatServicePortName,
  serviceKey,
  servicePortNameKey,
} from '../../../lib/model/service-port-name.ts'

t.test('people see a port by name, and none where it has no name', async (t) => {
  const name = { namespace: 'default', name: 'web', protocol: 'TCP' } as const
  t.equal(formatServicePortName({ ...name, port: 'http' }), 'default/web:http')
  t.equal(formatServicePortName({ ...name, port: '' }), 'default/web')
  t.equal(serviceKey(name), 'default/web')
})

t.test('one port name for TCP and UDP makes two keys', async (t) => {
  const name = { namespace: 'kube-system', name: 'dns', port: 'dns' }
  t.equal(servicePortNameKey({ ...name, protocol: 'TCP' }), 'kube-system/dns:dns/TCP')
  t.equal(servicePortNameKey({ ...name, protocol: 'UDP' }), 'kube-system/dns:dns/UDP')
  t.equal(servicePortNameKey({ ...name, port: '', protocol: 'UDP' }), 'kube-system/dns:/UDP')
})
