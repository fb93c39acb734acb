import t from 'tap'
import { kernelChains, portalChains } from '../../../lib/portal/iptables-layout.ts'

t.test(
  'every chain of ours is entered once, from a chain its table has, and named as the kernel allows',
  async (t) => {
    t.equal(new Set(portalChains.map(({ name }) => name)).size, portalChains.length)
    for (const { table, name, hook, jump } of portalChains) {
      t.equal(kernelChains[table].includes(hook), true)
      t.equal(name.length < 29, true, 'XT_EXTENSION_MAXNAMELEN')
      t.equal(jump.startsWith(`-A ${hook} -m `) && jump.endsWith(` -j ${name}`), true)
    }
  },
)

t.test('external IPs come right behind the portals, before what others have there', async (t) => {
  const first = (hook: string) =>
    portalChains.filter((chain) => chain.hook === hook && chain.place === 'first')
  t.match(first('PREROUTING'), [
    { name: 'KUBE-PORTALS-CONTAINER' },
    { name: 'USERSPACE-PROXY-EXTERNAL' },
  ])
  t.match(first('OUTPUT'), [{ name: 'KUBE-PORTALS-HOST' }, { name: 'USERSPACE-PROXY-EXT-HOST' }])
})

t.test('the guard stands before the chain that accepts', async (t) => {
  const input = portalChains.filter(({ hook }) => hook === 'INPUT').map(({ name }) => name)
  t.strictSame(input, ['USERSPACE-PROXY-GUARD', 'KUBE-NODEPORT-NON-LOCAL'])
})
