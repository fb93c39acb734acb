import t from 'tap'
import { ruleView } from '../../../../../../lib/lab/page/assets/view/rule-view.ts'

const line = { chain: 'nat KUBE-SERVICES', isOfService: true, isMatched: false }
const table = {
  leftOut: 0,
  lines: [
    { ...line, text: '-A KUBE-SERVICES -d 10.96.0.10/32 -j KUBE-SVC-X', packets: 3 },
    {
      ...line,
      text: '-A KUBE-SERVICES -d 10.97.0.1/32 -j KUBE-SVC-Y',
      packets: 0,
      isMatched: true,
    },
    { ...line, chain: 'chain services', text: 'jump service-x', packets: undefined },
  ],
}
const none: ReadonlySet<string> = new Set()

t.test('a chain is told once', async (t) => {
  const [first] = ruleView(table, { filter: '', traced: none })
  t.same(first, {
    chain: 'nat KUBE-SERVICES',
    text: '-d 10.96.0.10/32 -j KUBE-SVC-X',
    packets: '3',
    isMatched: false,
    isOfService: true,
  })
})

t.test('every word of the filter is looked for, in any case', async (t) => {
  const texts = (filter: string) =>
    ruleView(table, { filter, traced: none }).map(({ text }) => text)
  t.equal(texts('').length, 3)
  t.same(texts('kube-svc-x  10.96'), ['-d 10.96.0.10/32 -j KUBE-SVC-X'])
  t.same(texts('chain'), ['jump service-x'])
  t.same(texts('no such'), [])
})

t.test('counters tell what has matched; where there are none, the trace does', async (t) => {
  const traced = new Set(['jump service-x', '-A KUBE-SERVICES -d 10.96.0.10/32 -j KUBE-SVC-X'])
  t.same(
    ruleView(table, { filter: '', traced }).map(({ packets, isMatched }) => [packets, isMatched]),
    [
      ['3', false],
      ['0', true],
      ['', true],
    ],
  )
})
