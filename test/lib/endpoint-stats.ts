import t from 'tap'
import { endpointStats } from '../../lib/endpoint-stats.ts'
import { DesiredState } from '../../lib/model/desired-state.ts'
import { serviceOf, sliceOf } from '../fixtures/model-objects.ts'

t.test(
  'an endpoint is counted over all entries; one that left is shown while it is in use',
  async (t) => {
    const desired = new DesiredState()
    desired.set(serviceOf())
    desired.set(sliceOf(['10.0.0.1', { address: '10.0.0.2', ready: false }]))
    desired.takeChanges()
    const rows = desired.servicePorts()
    const key = rows[0]?.servicePort.key ?? ''
    const id = { namespace: 'default', name: 'web', port: 'http', protocol: 'TCP', family: 'IPv4' }
    const counts = [
      { key, endpoint: '10.0.0.1:8080', open: 2, failedDials: 1 },
      { key: `${key}/external`, endpoint: '10.0.0.1:8080', open: 3, failedDials: 0 },
      { key, endpoint: '10.0.0.9:8080', open: 1, failedDials: 0 },
      { key, endpoint: '10.0.0.8:8080', open: 0, failedDials: 7 },
      { key: 'default/other:/TCP/IPv4', endpoint: '10.0.0.1:8080', open: 5, failedDials: 5 },
    ]
    t.strictSame(endpointStats(rows, counts), [
      { ...id, endpoint: '10.0.0.1:8080', open: 5, failedDials: 1 },
      { ...id, endpoint: '10.0.0.2:8080', open: 0, failedDials: 0 },
      { ...id, endpoint: '10.0.0.9:8080', open: 1, failedDials: 0 },
    ])
  },
)
