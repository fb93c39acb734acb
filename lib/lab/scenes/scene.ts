/**
 * Scene: one question to the lab, asked by a function whose record is the answer. Records are plain data, and what is
 * printed, shown on a page or tested is made of them alone.
 */
import type { Carriage, Lab, LabMode, PodName, Truth } from '../lab.ts'

export const sceneNames = [
  'cluster-ip',
  'userspace',
  'iptables',
  'dead-pod',
  'open-connection',
  'cost',
  'next',
] as const
export type SceneName = (typeof sceneNames)[number]

/** What a part of a scene was not shown for, in the words of who could not. */
export interface SkippedPart {
  readonly part: string
  readonly reason: string
}

export interface SceneContext {
  readonly lab: Lab
  /** Whether it is to be over soon: fewer and shorter measurements. */
  readonly isFast: boolean
  /** Notes a part that cannot be shown here. */
  readonly skip: (part: SkippedPart) => void
}

/** Whose an address is that a pod has seen. */
export type Whose = 'client' | 'node' | 'unknown'

/** `pods`: who answered, in order; `''` where nobody did. */
export interface Answered {
  readonly truth: Truth
  /** What was asked: `http://10.96.0.10:80/`. */
  readonly url: string
  readonly pods: readonly (PodName | '')[]
  /** How many answers each pod gave, pod-1 first. */
  readonly counts: readonly [number, number, number]
  readonly seenClient: string
  readonly whose: Whose
}

/** What a mode has installed, as far as a scene shows it. */
export interface InstalledRules extends Pick<Carriage, 'ruleCount' | 'serviceRuleCount' | 'path'> {
  readonly truth: Truth
  /** That lead the Service's own packets, in the order in which they are asked. */
  readonly texts: readonly string[]
}

export interface ModeTruth {
  readonly mode: LabMode
  readonly truth: Truth
}
