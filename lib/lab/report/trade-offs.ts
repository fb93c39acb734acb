/**
 * TradeOffs: all that the report says of this machine, as data. Types only.
 */
import type { LabLevel, LabMode, LabModeInfo, Outcome } from '../lab.ts'
import type { Figure } from './figure.ts'

export interface TradeOffs {
  readonly surroundings: Surroundings
  readonly rounds: number
  /** For how long each of them measured, in ms. */
  readonly durationMs: number
  readonly modes: readonly LabModeInfo[]
  readonly costs: readonly ModeCosts[]
  readonly behaviours: readonly ModeBehaviour[]
  readonly scale: readonly ModeScale[]
}

/** What the figures were measured on. */
export interface Surroundings {
  readonly date: Date
  readonly level: LabLevel
  readonly kernel: string
  readonly cpu: string
  readonly cpus: number
  /** Processes that wanted a CPU, over the last minute. */
  readonly loadBefore: number
  readonly loadAfter: number
  readonly node: string
  /** As the tools say it themselves, with the backend of iptables: `v1.8.9 (nf_tables)`; '' where there is none. */
  readonly iptables: string
  readonly nft: string
}

/** Times in µs. */
export interface ModeCosts {
  readonly mode: LabMode
  readonly newConnection: Figure | undefined
  /** Of the slowest in a hundred. */
  readonly newConnectionP99: Figure | undefined
  readonly openConnection: Figure | undefined
  readonly connectionsPerSecond: Figure | undefined
  readonly bytesPerSecond: Figure | undefined
}

export interface ModeBehaviour {
  readonly mode: LabMode
  readonly ruleCount: number
  readonly serviceRuleCount: number
  readonly walkedRuleCount: number | undefined
  /** Who answered twelve requests. */
  readonly pods: readonly string[]
  readonly seenClient: 'client' | 'node'
  /** Of so many requests with one of three pods dead. */
  readonly failedWithDeadPod: number
  readonly requestsWithDeadPod: number
  /** `undefined` where no pod can be unplugged. */
  readonly failedWithUnpluggedPod: number | undefined
  readonly requestsWithUnpluggedPod: number
  /** Whether a connection lives on that was open when its endpoint was removed. */
  readonly survivesRemoval: boolean
  readonly withoutEndpoints: Outcome
}

export interface ModeScale {
  readonly mode: LabMode
  readonly steps: readonly ScaleStep[]
}

export interface ScaleStep {
  readonly otherServices: number
  readonly ruleCount: number
  readonly walkedRuleCount: number | undefined
  /** In ms: all rules, and then those of one endpoint that comes or goes. */
  readonly fullLoadMs: Figure | undefined
  readonly changeMs: Figure | undefined
  /** In µs. */
  readonly newConnection: Figure | undefined
}
