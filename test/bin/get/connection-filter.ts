import t from 'tap'
import { CommandError } from '../../../bin/command-error.ts'
import { Flags } from '../../../bin/flags.ts'
import { readConnectionFilter, refuseConnectionFilter } from '../../../bin/get/connection-filter.ts'
import { connectionStatus } from '../../fixtures/statuses.ts'

const connections = [
  connectionStatus({ id: 1, ageMs: 5000 }),
  connectionStatus({ id: 2, client: '[fd00::9]:999', servicePort: 'shop/web', ageMs: 7000 }),
  connectionStatus({ id: 3, endpoint: '[fd00::7]:80', servicePort: 'shop/web2', ageMs: 6000 }),
  connectionStatus({ id: 4, endpoint: '', state: 'dialing', bytesFromClient: 10_000 }),
  connectionStatus({ id: 5, client: '192.0.2.1:5', draining: 'endpoint-removed' }),
]

const filters: readonly (readonly [Record<string, string>, readonly number[]])[] = [
  [{}, [1, 2, 3, 4, 5]],
  [{ service: 'shop/web' }, [1, 2, 4, 5]],
  [{ service: 'shop/web:http' }, [1, 4, 5]],
  [{ service: 'shop/we' }, []],
  [{ client: '10.244.3.4' }, [1, 3, 4]],
  [{ client: '10.0.0.0/8' }, [1, 3, 4]],
  [{ client: 'fd00:0::9' }, [2]],
  [{ client: 'fd00::/64' }, [2]],
  [{ endpoint: '10.244.1.7' }, [1, 2, 5]],
  [{ endpoint: '10.244.1.7:8080' }, [1, 2, 5]],
  [{ endpoint: '10.244.1.7:8081' }, []],
  [{ endpoint: 'FD00::7' }, [3]],
  [{ endpoint: '[fd00::7]:80' }, [3]],
  [{ state: 'dialing' }, [4]],
  [{ state: 'draining' }, [5]],
  [{ state: 'established' }, [1, 2, 3]],
  [{ sort: 'age' }, [2, 3, 1, 4, 5]],
  [{ sort: 'bytes' }, [4, 1, 2, 3, 5]],
  [{ service: 'shop/web', client: '10.0.0.0/8', sort: 'bytes' }, [4, 1]],
]

for (const [flags, ids] of filters) {
  t.test(`${JSON.stringify(flags)} leaves ${ids.join(', ') || 'none'}`, async (t) => {
    const choose = readConnectionFilter(new Flags(flags))
    t.same(
      choose(connections).map(({ id }) => id),
      ids,
    )
  })
}

const wrong: readonly (readonly [string, string, string])[] = [
  ['service', 'web', 'NAMESPACE/NAME or NAMESPACE/NAME:PORT'],
  ['service', '', 'NAMESPACE/NAME or NAMESPACE/NAME:PORT'],
  ['client', '10.0.0', 'an address or a CIDR such as 10.0.0.0/8'],
  ['client', '10.0.0.1/33', 'an address or a CIDR such as 10.0.0.0/8'],
  ['endpoint', 'web-1', 'an address such as 10.0.0.1, 10.0.0.1:80 or [fd00::1]:80'],
  ['state', 'open', 'dialing, established, client-ended, endpoint-ended or draining'],
  ['sort', 'client', 'age or bytes'],
]

for (const [name, text, right] of wrong) {
  t.test(`--${name} ${JSON.stringify(text)} is refused with what would be right`, async (t) => {
    t.throws(
      () => readConnectionFilter(new Flags({ [name]: text })),
      new CommandError(`--${name} is ${JSON.stringify(text)}; ${right} would be right`, {
        exitCode: 2,
      }),
    )
  })
}

t.test('a flag for connections has no place elsewhere', async (t) => {
  refuseConnectionFilter(new Flags({ output: 'wide' }), 'services')
  t.throws(() => refuseConnectionFilter(new Flags({ sort: 'age' }), 'services'), {
    message: '--sort is for connections, and not for services',
    exitCode: 2,
    hint: 'userspace-proxy get services',
  })
})
