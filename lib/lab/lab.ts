/**
 * Lab: one node, three pods, a client, and the same Service carried by whichever mode is asked for. Types only.
 *
 * There are two of them behind this interface: one in network namespaces, where the kernel's rules are real, and one on
 * loopback, where the rules of kernel modes are walked by a model and nothing that is measured is invented. What the
 * demo, the page, the course, the report and the tests show are the records that these methods return, never a text
 * made for one of them.
 *
 * All arguments and results are plain data: a lab may live in another process.
 */

/** `rootless` and `root` are network namespaces, without and with the rights of root on the machine. */
export type LabLevel = 'loopback' | 'rootless' | 'root'

/** `direct`: the client chooses a pod itself, in turn, and nothing stands between. */
export const labModes = ['direct', 'userspace', 'anyip', 'iptables', 'nftables', 'ipvs'] as const
export type LabMode = (typeof labModes)[number]

/** Whether what is shown has happened on this machine, or in a model of it. Latencies of a model do not exist. */
export type Truth = 'REAL' | 'SIMULATED'

export const podNames = ['pod-1', 'pod-2', 'pod-3'] as const
export type PodName = (typeof podNames)[number]

/** `killed`: its process is gone, its address still answers. `unplugged`: nothing answers there any more. */
export type PodCondition = 'running' | 'killed' | 'unplugged'

export interface LabPod {
  readonly name: PodName
  readonly address: string
  readonly port: number
  readonly condition: PodCondition
  /** What its EndpointSlice says. */
  readonly isReady: boolean
  /** Whether its EndpointSlice names it at all. */
  readonly isListed: boolean
}

export interface LabService {
  /** `default/web`. */
  readonly name: string
  readonly clusterIP: string
  readonly port: number
  readonly nodePort: number
  readonly sessionAffinity: 'None' | 'ClientIP'
}

/** What a mode is on this machine. */
export interface LabModeInfo {
  readonly mode: LabMode
  readonly truth: Truth
  /** Why it is not real, or not all of it, for people; '' where it is. */
  readonly reason: string
}

export interface LabDescription {
  readonly level: LabLevel
  /** Why not a higher one, and what would help; '' where there is none, or a level was asked for. */
  readonly reason: string
  /** `''` on loopback where there is none of its own. */
  readonly clientAddress: string
  /** The node's, as pods see it, the primary one first. */
  readonly nodeAddresses: readonly string[]
  readonly modes: readonly LabModeInfo[]
  readonly readyMs: number
}

/** How the Service is carried now. */
export interface Carriage {
  readonly mode: LabMode
  readonly truth: Truth
  /** All rules that the mode has installed (nftables: rules and elements of maps), and those of this Service. */
  readonly ruleCount: number
  readonly serviceRuleCount: number
  /** Which of them ask the first packet of a connection: `undefined` where none does. */
  readonly walkedRuleCount: number | undefined
  /** The chains that it goes through, in order. */
  readonly path: readonly string[]
  /** How long it took until it was in force; `undefined` in a model. */
  readonly installMs: number | undefined
}

export interface LabState {
  readonly service: LabService
  readonly pods: readonly LabPod[]
  readonly carriage: Carriage
  readonly scheduler: LabScheduler
  /** How many Services there are besides. */
  readonly otherServices: number
}

/** Userspace has rr and lc, ipvs all of them; the others have no choice, and leave it to chance. */
export const labSchedulers = ['rr', 'lc', 'dh', 'sh', 'sed', 'nq'] as const
export type LabScheduler = (typeof labSchedulers)[number]

/** `refused`: a reset or an ICMP error; `timeout`: nothing came within the time; `closed`: it was open, and ended. */
export type Outcome = 'ok' | 'refused' | 'timeout' | 'unreachable' | 'closed'

/** What came of one request. */
export interface Answer {
  readonly outcome: Outcome
  /** Who answered; '' where nobody did. */
  readonly pod: PodName | ''
  /** The address that the pod saw as its client's; '' where nobody answered. */
  readonly seenClient: string
  /** From before the connection to the whole answer; `undefined` in a model. */
  readonly durationMs: number | undefined
  /** How many endpoints were tried; 1 where nobody could try again. */
  readonly attempts: number
}

export type LabHost = 'client' | 'node' | 'outside' | PodName

export interface RequestOptions {
  /** Default 1. */
  readonly count?: number
  /** How many at once. Default 1. */
  readonly concurrency?: number
  /** For each. Default 1000. */
  readonly timeoutMs?: number
  /** Default 'client'. On loopback there is none but the client. */
  readonly from?: LabHost
  /** Default 'cluster-ip'. `wrong-port`: the cluster IP at a port that the Service does not have. */
  readonly to?: 'cluster-ip' | 'node-port' | 'wrong-port'
}

export interface HoldOptions {
  /** Default TCP. UDP: the same socket, and so the same source port. */
  readonly protocol?: 'TCP' | 'UDP'
}

/** One rule in the order in which it is asked, with its counters. */
export interface RuleLine {
  /** `nat KUBE-SERVICES`. */
  readonly chain: string
  readonly text: string
  /** `undefined` in a model, and where the rule has no counter. */
  readonly packets: number | undefined
  /** Whether it belongs to the lab's Service. */
  readonly isOfService: boolean
}

/** One place on the way of the first packet of a connection. */
export interface TraceStep {
  /** An id from the mode's list of stations: `prerouting`, `rule`, `dnat`, `proxy-accept`, `proxy-dial`, `pod` … */
  readonly station: string
  /** Where the step happens: which side of the socket interface. */
  readonly space: 'kernel' | 'user'
  readonly source: string
  readonly destination: string
  /** The rule that matched, or '' where it is none. */
  readonly rule: string
}

export interface Trace {
  /** `REAL`: the kernel or the proxy said each step. */
  readonly truth: Truth
  readonly answer: Answer
  readonly steps: readonly TraceStep[]
  /** How often bytes pass between kernel and user space on their way to the pod; and the connections they take. */
  readonly crossings: number
  readonly connections: number
}

export type MeasurementKind =
  'new-connections' | 'open-connection' | 'parallel-connections' | 'bulk'

export interface MeasureOptions {
  readonly kind: MeasurementKind
  readonly mode: LabMode
  /** For how long. Default 1000. */
  readonly durationMs?: number
  /** Whether the client takes the address of the measurement before, which spoils this one. Default false. */
  readonly reusesClientAddress?: boolean
}

/** One round of one mode. Which of the values there are depends on the kind. */
export interface Measurement {
  readonly mode: LabMode
  readonly kind: MeasurementKind
  readonly count: number
  readonly failed: number
  /** In µs. */
  readonly p50?: number
  readonly p90?: number
  readonly p99?: number
  readonly perSecond?: number
  readonly bytesPerSecond?: number
  /** Why its figures are to be thrown away: `780 SYN retransmits`; '' where they are good. */
  readonly invalid: string
}

/** What `run` of a host has printed. */
export interface CommandOutput {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** Methods that the level cannot do reject with ERR_UNSUPPORTED, and say which level can. */
export interface Lab {
  readonly description: LabDescription
  state(): Promise<LabState>

  /** How the Service is to be carried from now on; what another mode had installed is gone when this resolves. */
  setMode(mode: LabMode): Promise<Carriage>
  setScheduler(scheduler: LabScheduler): Promise<Carriage>
  setAffinity(affinity: LabService['sessionAffinity']): Promise<Carriage>
  /** Adds or removes Services besides; the lab's own stands last in the rules. */
  setOtherServices(count: number): Promise<Carriage>

  /** Does to a pod what can happen to one; endpoints do not change by it. Resolves when it is so. */
  setCondition(pod: PodName, condition: PodCondition): Promise<void>
  /** What the API server says of a pod. Resolves when the mode has taken it over. */
  setEndpoint(
    pod: PodName,
    endpoint: { readonly isReady?: boolean; readonly isListed?: boolean },
  ): Promise<Carriage>

  request(options?: RequestOptions): Promise<readonly Answer[]>
  /** Opens a connection and keeps it. Returns its id. */
  hold(options?: HoldOptions): Promise<number>
  /** Asks over a connection that is held. Default once. */
  ask(id: number, count?: number): Promise<readonly Answer[]>
  release(id: number): Promise<void>

  rules(): Promise<readonly RuleLine[]>
  /** Sends one request and tells the way of its first packet. */
  trace(): Promise<Trace>
  measure(options: MeasureOptions): Promise<Measurement>
  /** Runs a command on a host of the lab. */
  run(host: LabHost, command: string, args: readonly string[]): Promise<CommandOutput>

  /** Ends all of it, and leaves nothing. Idempotent. */
  close(): Promise<void>
}
