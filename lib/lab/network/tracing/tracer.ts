/**
 * Tracer: the way of one request's first packet, as the kernel and the proxy tell it; where no tool lets the kernel speak,
 * as the rules tell it that are installed.
 */
import type { ConnectionInfo } from '../../../index.ts'
import { formatHostPort } from '../../../index.ts'
import { iptablesRuleSet } from '../../kernel-model/iptables-rule-set.ts'
import { traceSteps } from '../../kernel-model/trace-steps.ts'
import type { Answer, LabMode, LabPod, Trace, TraceStep } from '../../lab.ts'
import { links, nodeAddresses, podPort, webService } from '../addresses.ts'
import type { Carrier } from '../carriers/carrier.ts'
import { firstPacket } from '../carriers/mode-input.ts'
import { ProxierCarrier } from '../carriers/proxier-carrier.ts'
import { succeed } from '../hosts.ts'
import type { Asked } from '../traffic.ts'
import { kernelSteps } from './kernel-steps.ts'
import type { TraceTool } from './record-trace.ts'
import { recordTrace } from './record-trace.ts'

export interface TracerOptions {
  /** Whether xtables-monitor is there, and hears of the rules of `iptables`. */
  readonly hasXtablesMonitor: boolean
  /** One of the client over the mode that is in force. */
  readonly request: () => Promise<Asked>
  readonly pods: () => readonly LabPod[]
}

type Place = Pick<TraceStep, 'source' | 'destination'>

export class Tracer {
  readonly #options: TracerOptions

  constructor(options: TracerOptions) {
    this.#options = options
  }

  async trace(mode: LabMode, carrier: Carrier): Promise<Trace> {
    if (carrier instanceof ProxierCarrier) return this.#throughProxy(mode, carrier)
    if (mode === 'direct') return this.#directly()
    const tool = this.#toolOf(mode)
    if (tool === undefined) return this.#throughModel()
    const { result, events } = await recordTrace(tool, this.#options.request)
    const { answer } = result
    const steps = [...kernelSteps(events), ...arrival(answer)]
    return { truth: 'REAL', answer, steps, crossings: 2, connections: 1 }
  }

  #toolOf(mode: LabMode): TraceTool | undefined {
    if (mode === 'nftables') return 'nft'
    return this.#options.hasXtablesMonitor ? 'xtables-monitor' : undefined
  }

  async #throughProxy(mode: LabMode, carrier: ProxierCarrier): Promise<Trace> {
    const seen: ConnectionInfo[] = []
    const unwatch = carrier.watch((info) => seen.push(info))
    try {
      const hasRules = carrier.portals === 'iptables'
      const tool = hasRules ? this.#toolOf(mode) : undefined
      const { result, events } = tool
        ? await recordTrace(tool, this.#options.request)
        : { result: await this.#options.request(), events: [] }
      const { answer, clientPort } = result
      // Others come at the same time, and what is told of those before may be late. A client that was reset before it
      // knew its port is one that reached no endpoint.
      const info = seen.find(
        ({ protocol, client, endpoint }) =>
          protocol === 'TCP' &&
          (clientPort === 0 ? endpoint === '' : client.endsWith(`:${clientPort}`)),
      )
      const inward =
        tool !== undefined
          ? kernelSteps(events)
          : hasRules
            ? await walkedSteps(info)
            : await routeSteps(info)
      const steps = [...inward, ...proxySteps(info, answer)]
      const isSimulated = hasRules && tool === undefined
      const hasEndpoint = info?.endpoint !== undefined && info.endpoint !== ''
      return {
        truth: isSimulated ? 'SIMULATED' : 'REAL',
        answer,
        steps,
        crossings: hasEndpoint ? 4 : 2,
        connections: hasEndpoint ? 2 : 1,
      }
    } finally {
      unwatch()
    }
  }

  async #directly(): Promise<Trace> {
    const { answer } = await this.#options.request()
    const pod = answer.pod === '' ? undefined : links[answer.pod].address
    const destination = pod === undefined ? '' : formatHostPort(pod, podPort)
    const place = { source: links.client.address, destination }
    const rule = pod === undefined ? '' : await routeTo(pod)
    const steps: TraceStep[] = [
      { station: 'client', space: 'user', ...place, rule: '' },
      { station: 'route', space: 'kernel', ...place, rule },
      { station: 'forward', space: 'kernel', ...place, rule: '' },
    ]
    const arrived: TraceStep[] =
      pod === undefined ? [] : [{ station: 'pod', space: 'user', ...place, rule: '' }]
    return { truth: 'REAL', answer, steps: [...steps, ...arrived], crossings: 2, connections: 1 }
  }

  /** The dice of the walk fall as those of the kernel have, as far as the answer tells. */
  async #throughModel(): Promise<Trace> {
    const { answer } = await this.#options.request()
    const text = await succeed('iptables-save', [])
    const rules = iptablesRuleSet({ text, service: webService, nodeAddresses })
    const wanted =
      answer.pod === '' ? undefined : formatHostPort(links[answer.pod].address, podPort)
    const walks = this.#options.pods().map((_, lucky) => {
      let thrown = 0
      const random = (): number => (thrown++ === lucky ? 0 : 1 - 1e-9)
      return rules.walk(firstPacket, { random, stays: undefined, open: () => 0 })
    })
    const walk = walks.find(({ destination }) => destination === wanted) ?? walks[0]
    const { seenClient } = answer
    const steps = walk ? traceSteps({ packet: firstPacket, walk, seenClient, answer }) : []
    return { truth: 'SIMULATED', answer, steps, crossings: 2, connections: 1 }
  }
}

/** Behind the node: what the pod has said of itself. */
function arrival({ pod, seenClient }: Answer): TraceStep[] {
  if (pod === '') return []
  const place = { source: seenClient, destination: formatHostPort(links[pod].address, podPort) }
  return [
    { station: 'postrouting', space: 'kernel', ...place, rule: '' },
    { station: 'pod', space: 'user', ...place, rule: '' },
  ]
}

/** From where the kernel hands the connection to the proxy. */
function proxySteps(info: ConnectionInfo | undefined, { pod, seenClient }: Answer): TraceStep[] {
  if (info === undefined) return []
  const inward: Place = { source: info.client, destination: info.entry }
  const accepted: TraceStep = { station: 'proxy-accept', space: 'user', ...inward, rule: '' }
  if (info.endpoint === '') {
    return [accepted, { station: 'refused', space: 'user', ...inward, rule: info.reason ?? '' }]
  }
  const outward: Place = { source: seenClient, destination: info.endpoint }
  const steps: TraceStep[] = [
    accepted,
    { station: 'proxy-dial', space: 'user', ...outward, rule: '' },
    { station: 'output', space: 'kernel', ...outward, rule: '' },
  ]
  return pod === '' ? steps : [...steps, { station: 'pod', space: 'user', ...outward, rule: '' }]
}

/** anyip: there is no rule, and the kernel is asked for its route. */
async function routeSteps(info: ConnectionInfo | undefined): Promise<TraceStep[]> {
  const place = servicePlace(info)
  return [
    { station: 'client', space: 'user', ...place, rule: '' },
    { station: 'prerouting', space: 'kernel', ...place, rule: '' },
    { station: 'route', space: 'kernel', ...place, rule: await routeTo(webService.clusterIP) },
    { station: 'input', space: 'kernel', ...place, rule: '' },
  ]
}

async function walkedSteps(info: ConnectionInfo | undefined): Promise<TraceStep[]> {
  const text = await succeed('iptables-save', [])
  const rules = iptablesRuleSet({ text, service: webService, nodeAddresses })
  const choice = { random: () => 0, stays: undefined, open: () => 0 }
  const { steps } = rules.walk(firstPacket, choice)
  const place = servicePlace(info)
  const after = { ...place, destination: info?.entry ?? '' }
  const matched = steps.filter(({ isMatch, chain }) => isMatch && !/INPUT|NON-LOCAL/.test(chain))
  const redirect = matched.find(({ rule }) => rule.includes('-j REDIRECT'))?.rule ?? ''
  return [
    { station: 'client', space: 'user', ...place, rule: '' },
    { station: 'prerouting', space: 'kernel', ...place, rule: '' },
    ...matched.map(({ rule }): TraceStep => {
      return { station: 'rule', space: 'kernel', ...place, rule }
    }),
    { station: 'redirect', space: 'kernel', ...after, rule: redirect },
    { station: 'input', space: 'kernel', ...after, rule: '' },
  ]
}

/** What the client has sent. */
function servicePlace(info: ConnectionInfo | undefined): Place {
  const { clusterIP, port } = webService
  const source = info?.client ?? links.client.address
  return { source, destination: formatHostPort(clusterIP, port) }
}

async function routeTo(address: string): Promise<string> {
  const args = ['route', 'get', address, 'from', links.client.address, 'iif', 'client']
  const [line = ''] = (await succeed('ip', args)).split('\n')
  return line.trim()
}
