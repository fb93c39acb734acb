import t from 'tap'
import type { LabMode, LabState } from '../../../../../../lib/lab/lab.ts'
import type { AnswerViewInput } from '../../../../../../lib/lab/page/assets/view/answer-view.ts'
import { answerView } from '../../../../../../lib/lab/page/assets/view/answer-view.ts'
import { AnswerCounts } from '../../../../../../lib/lab/page/answer-counts.ts'
import { AnsweringLab } from '../../../../../fixtures/lab/answering-lab.ts'

interface Case {
  readonly mode?: LabMode
  readonly counts?: readonly [number, number, number]
  readonly client?: AnswerViewInput['client']
  readonly seenClient?: string
  readonly change?: (lab: AnsweringLab) => Promise<unknown>
}

async function view({ mode = 'iptables', counts = [10, 10, 10], ...rest }: Case = {}) {
  const { client = 'new', seenClient = '', change } = rest
  const lab = new AnsweringLab()
  await lab.setMode(mode)
  await change?.(lab)
  const state: LabState = await lab.state()
  const [one, two, three] = counts
  const tally = {
    ...new AnswerCounts().tally(['pod-3']),
    sent: one + two + three + 10,
    answered: { 'pod-1': one, 'pod-2': two, 'pod-3': three },
    failed: { refused: 7, timeout: 3, unreachable: 0, closed: 0 },
    seenClient,
  }
  return answerView({ description: lab.description, state, tally, client })
}

t.test('shares are of all that were sent, and failures are told by kind', async (t) => {
  const { rows, failed, outcomes } = await view()
  t.same(rows[2], { pod: 'pod-3', count: 10, share: 0.25, open: 1, isUsable: true })
  t.equal(failed, 10)
  t.same(outcomes, [
    ['refused', 7],
    ['timeout', 3],
  ])
})

t.test('what is expected depends on who chooses, and among whom', async (t) => {
  const cases: readonly (readonly [string, Case])[] = [
    ['fair', {}],
    ['fair', { mode: 'nftables' }],
    ['inTurn', { mode: 'userspace' }],
    ['inTurn', { mode: 'anyip' }],
    ['inTurn', { mode: 'direct' }],
    ['inTurn', { mode: 'ipvs' }],
    ['chosen', { mode: 'userspace', change: (lab) => lab.setScheduler('lc') }],
    ['few', { counts: [1, 0, 0] }],
    ['held', { client: 'keep-alive' }],
    ['pinned', { change: (lab) => lab.setAffinity('ClientIP') }],
    ['inTurn', { mode: 'direct', change: (lab) => lab.setAffinity('ClientIP') }],
    ['broken', { change: (lab) => lab.setCondition('pod-2', 'killed') }],
    [
      'fair',
      {
        change: async (lab) => {
          await lab.setCondition('pod-2', 'killed')
          await lab.setEndpoint('pod-2', { isReady: false })
        },
      },
    ],
    [
      'unready',
      {
        change: async (lab) => {
          for (const pod of ['pod-1', 'pod-2', 'pod-3'] as const) {
            await lab.setEndpoint(pod, { isListed: false })
          }
        },
      },
    ],
  ]
  for (const [kind, input] of cases) {
    t.equal((await view(input)).expectation.kind, kind, JSON.stringify(input))
  }
})

t.test('a fair share is one of those that may be chosen', async (t) => {
  const { expectation, rows } = await view({
    counts: [30, 0, 30],
    change: (lab) => lab.setEndpoint('pod-2', { isReady: false }),
  })
  t.match(expectation, { kind: 'fair', expected: 30, p: 1 })
  t.same(
    rows.map(({ isUsable }) => isUsable),
    [true, false, true],
  )
})

t.test('of nothing there is no share', async (t) => {
  const lab = new AnsweringLab()
  const { description } = lab
  const tally = new AnswerCounts().tally([])
  const { rows } = answerView({ description, state: await lab.state(), tally, client: 'new' })
  t.same(
    rows.map(({ share }) => share),
    [0, 0, 0],
  )
})

t.test('whose address the pod saw', async (t) => {
  for (const [seenClient, seen] of [
    ['', ''],
    ['10.244.10.2', 'client'],
    ['10.244.11.1', 'node'],
    ['192.0.2.1', ''],
  ] as const) {
    t.equal((await view({ seenClient })).seen, seen)
  }
})
