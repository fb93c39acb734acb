/**
 * PageTopics: what the page of the lab knows, by topic. Types only; the server and the page share them.
 *
 * A topic is sent whole whenever something of it has changed. There are one or two sides: the lab, and beside it a
 * second lab of the same kind that another mode carries, for as long as two modes are compared.
 */
import type {
  Carriage,
  LabDescription,
  LabMode,
  LabScheduler,
  LabState,
  Outcome,
  PodName,
  RuleLine,
  Trace,
} from '../lab.ts'

export interface PageTopics {
  readonly description: LabDescription
  readonly traffic: TrafficState
  readonly sides: readonly LabState[]
  readonly tallies: readonly AnswerTally[]
  readonly rules: readonly RuleTable[]
  readonly traces: readonly (Trace | null)[]
  readonly latency: readonly LatencyTally[]
  readonly timeline: readonly TimelineEntry[]
}

export type TopicName = keyof PageTopics

/** `new`: a connection for each request. The others keep a few, and ask over them in turn. */
export const trafficClients = ['new', 'keep-alive', 'udp'] as const
export type TrafficClient = (typeof trafficClients)[number]

export interface TrafficState {
  readonly isOn: boolean
  /** Requests a second, for each side. */
  readonly rate: number
  readonly client: TrafficClient
}

/** Of one side, since something was changed last: before that, other shares were to be expected. */
export interface AnswerTally {
  readonly sent: number
  readonly answered: Readonly<Record<PodName, number>>
  readonly failed: Readonly<Record<FailedOutcome, number>>
  /** How many of the answers came after another endpoint had failed. */
  readonly retried: number
  /** Connections that the client keeps open, by the pod that answered over them last. */
  readonly open: Readonly<Record<PodName, number>>
  /** The address that a pod saw last; '' before the first answer. */
  readonly seenClient: string
}

export type FailedOutcome = Exclude<Outcome, 'ok'>

export interface RuleTable {
  readonly lines: readonly PageRule[]
  /** How many lines there are besides those that are sent. */
  readonly leftOut: number
}

export interface PageRule extends RuleLine {
  /** Whether its counter has moved since it was read before. */
  readonly isMatched: boolean
}

/** Of one mode, over all that was sent in it. */
export interface LatencyTally {
  readonly mode: LabMode
  readonly answered: number
  readonly failed: number
  /** Counts by bucket, those without any left out: `[[index, count], …]`; see latencyBuckets. */
  readonly buckets: readonly (readonly [index: number, count: number])[]
}

/** Bucket i holds from `smallestMs * 10 ** (i / perDecade)` on. What is outside is in the first or the last. */
export const latencyBuckets = Object.freeze({ smallestMs: 0.01, perDecade: 60, count: 360 })

export interface TimelineEntry {
  readonly id: number
  /** ms since 1970. */
  readonly at: number
  readonly event: TimelineEvent
}

export type TimelineEvent =
  | { readonly kind: 'opened' | 'cleared' | 'compareEnded' }
  | {
      readonly kind: 'mode' | 'compared'
      readonly mode: LabMode
      readonly installMs: Carriage['installMs']
    }
  | { readonly kind: PodEvent; readonly pod: PodName }
  | { readonly kind: 'affinity'; readonly affinity: 'None' | 'ClientIP' }
  | { readonly kind: 'scheduler'; readonly scheduler: LabScheduler }
  | { readonly kind: 'client'; readonly client: TrafficClient }
  | { readonly kind: 'services'; readonly count: number }
  | { readonly kind: FailedOutcome | 'retried'; readonly mode: LabMode; readonly count: number }
  | { readonly kind: 'problem'; readonly text: string }

export type PodEvent =
  'killed' | 'unplugged' | 'running' | 'ready' | 'unready' | 'listed' | 'unlisted'
