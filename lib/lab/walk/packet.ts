/**
 * Packet: the first one of a connection, on its way through the rules of a node, and how such a way ends.
 */

export interface Packet {
  readonly source: string
  readonly destination: string
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  /** Whether a program of this node sends it. Default: it comes in by an interface. */
  readonly isFromNode?: boolean
}

export interface WalkOptions {
  /** The addresses of this node; packets to them are taken in. */
  readonly nodeAddresses: readonly string[]
  /** Whether each step is to be told. Default false: of thousands of Services that would be millions. */
  readonly withSteps?: boolean
}

/** One rule that was asked. */
export interface Step {
  readonly chain: string
  readonly rule: string
  readonly isMatch: boolean
}

export interface Walk {
  /** How many rules were asked. */
  readonly ruleCount: number
  /** These rules, in order; empty where nobody wanted to see them. */
  readonly steps: readonly Step[]
  /** The chains it went through, in order, without those that only mark it. */
  readonly path: readonly string[]
  /**
   * `endpoint`: it is on its way there. `proxy`: a program of this node gets it. `nowhere`: no rule wanted it, and its
   * address is nobody's.
   */
  readonly fate: 'endpoint' | 'proxy' | 'refused' | 'dropped' | 'nowhere'
  /** `address:port` where it is led to, `''` where it is not. */
  readonly destination: string
  /** Whether the one it is led to sees this node instead of the client. */
  readonly isMasqueraded: boolean
}
