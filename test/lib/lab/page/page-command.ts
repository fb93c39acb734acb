import t from 'tap'
import { commandNames, parsePageCommand } from '../../../../lib/lab/page/page-command.ts'

t.test('what is right is a command', async (t) => {
  for (const { name, ...body } of [
    { name: 'mode', side: 1, mode: 'iptables' },
    { name: 'scheduler', scheduler: 'lc' },
    { name: 'affinity', affinity: 'ClientIP' },
    { name: 'condition', pod: 'pod-2', condition: 'killed' },
    { name: 'ready', pod: 'pod-2', isReady: false },
    { name: 'listed', pod: 'pod-2', isListed: true },
    { name: 'play', isOn: false },
    { name: 'rate', rate: 50 },
    { name: 'client', client: 'udp' },
    { name: 'send', count: 12 },
    { name: 'services', count: 1000 },
    { name: 'trace' },
    { name: 'compare', isOn: true },
    { name: 'clear' },
  ]) {
    t.same(parsePageCommand(name, body), { name, ...body })
  }
  t.equal(commandNames.length, 14)
})

t.test('anything else is not, and why', async (t) => {
  for (const [name, body, why] of [
    ['explode', {}, 'there is no explode'],
    ['toString', {}, 'there is no toString'],
    ['mode', null, 'the body is no object of JSON'],
    ['mode', 'iptables', 'the body is no object of JSON'],
    ['mode', undefined, 'the body is no object of JSON'],
    ['mode', { side: 0, mode: 'fast' }, 'mode of mode is "fast"'],
    ['mode', { mode: 'iptables' }, 'side of mode is undefined'],
    ['condition', { pod: 'pod-4', condition: 'killed' }, 'pod of condition is "pod-4"'],
    ['rate', { rate: 1e9 }, 'rate of rate is 1000000000'],
    ['play', { isOn: 1 }, 'isOn of play is 1'],
    ['trace', { name: 'clear' }, 'trace has no name'],
  ] as const) {
    t.equal(parsePageCommand(name, body), why)
  }
})
