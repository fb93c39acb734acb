/**
 * Facts about answers that several experiments tell in the same way.
 */
import type { Answer, Lab, Outcome } from '../lab.ts'
import { countPods } from '../scenes/answered.ts'
import { whoseAddress } from '../scenes/whose-address.ts'
import { binomialBand } from '../statistics/binomial-band.ts'
import { evenSplitP } from '../statistics/even-split-p.ts'
import type { See } from './experiment.ts'

/** Who answered, one after the other. */
export function seeOrder(see: See, answers: readonly Answer[]): void {
  const order = answers.map(({ pod }) => (pod === '' ? '-' : pod.slice('pod-'.length))).join(' ')
  see('order', { count: answers.length, order })
}

/** How often each pod answered, and how usual that is where each is as likely. */
export function seeSplit(see: See, answers: readonly Answer[]): void {
  const counts = countPods(answers.map(({ pod }) => pod))
  const { length: count } = answers
  const { low, high } = binomialBand({ count, chance: 1 / counts.length })
  const percent = Math.round(evenSplitP(counts) * 100)
  see('split', { count, counts: counts.join(' / '), low, high, percent })
}

export function seeOutcomes(see: See, answers: readonly Answer[]): void {
  const countOf = (outcome: Outcome): number =>
    answers.filter((answer) => answer.outcome === outcome).length
  const retried = answers.filter(({ outcome, attempts }) => outcome === 'ok' && attempts > 1)
  const [ok, refused] = [countOf('ok'), countOf('refused')]
  const { length: count } = answers
  const rest = count - ok - refused
  see('outcomes', { count, ok, refused, rest, retried: retried.length })
}

const whoseKeys = { client: 'sawClient', node: 'sawNode', unknown: 'sawUnknown' } as const

export function seeWhose(see: See, lab: Lab, answer: Answer | undefined): void {
  if (answer?.outcome !== 'ok') {
    see('noAnswer', { outcome: answer?.outcome ?? 'timeout' })
    return
  }
  const { seenClient: address, pod } = answer
  see(whoseKeys[whoseAddress(address, lab.description)], { address, pod })
}
