/**
 * Scene 1: where does the ClusterIP live? Nowhere: no host has it and nothing listens, and once there are rules it
 * answers all the same.
 */
import type { Answer, Lab, Outcome, Truth } from '../lab.ts'
import { ifSupported } from './if-supported.ts'
import type { SceneContext } from './scene.ts'

export interface ClusterIPRecord {
  readonly scene: 'cluster-ip'
  readonly truth: Truth
  readonly clusterIP: string
  readonly port: number
  /** With no rule at all; `undefined` where nobody could look. */
  readonly before: ClusterIPLook | undefined
  /** With the rules of iptables mode. */
  readonly after: ClusterIPLook & {
    /** Of a port that the Service does not have. */
    readonly wrongPort: Outcome
  }
}

export interface ClusterIPLook {
  /** How many interfaces of the node have it, and how many sockets listen there; `undefined`: nobody could look. */
  readonly addresses: number | undefined
  readonly listeners: number | undefined
  readonly outcome: Outcome
}

/** How long nobody is waited for, in ms. */
const timeoutMs = 700

export async function clusterIPScene({ lab, skip }: SceneContext): Promise<ClusterIPRecord> {
  await lab.setMode('direct')
  const before = await ifSupported(lookBefore(lab), (reason) =>
    skip({ part: 'ip addr, ss', reason }),
  )
  const { truth } = await lab.setMode('iptables')
  const { service } = await lab.state()
  const [right] = (await lab.request({ timeoutMs })) as [Answer]
  const [wrong] = (await lab.request({ to: 'wrong-port', timeoutMs })) as [Answer]
  const looked = before === undefined ? nothing : await look(lab)
  return {
    scene: 'cluster-ip',
    truth,
    clusterIP: service.clusterIP,
    port: service.port,
    before,
    after: {
      ...looked,
      outcome: right.outcome,
      wrongPort: wrong.outcome,
    },
  }
}

const nothing = { addresses: undefined, listeners: undefined } as const

/** The client of mode direct goes to pods; so another program has to dial. */
async function lookBefore(lab: Lab): Promise<ClusterIPLook> {
  const { service } = await lab.state()
  const looked = await look(lab)
  const { stdout } = await lab.run('client', process.execPath, [
    '-e',
    dial,
    service.clusterIP,
    String(service.port),
    String(timeoutMs),
  ])
  return { ...looked, outcome: stdout.trim() as Outcome }
}

const dial = `
const [host, port, timeout] = process.argv.slice(1)
const socket = require('net').connect({ host, port })
const end = (outcome) => { console.log(outcome); process.exit() }
socket.on('connect', () => end('ok'))
socket.on('error', ({ code }) => end(code === 'ECONNREFUSED' ? 'refused' : 'unreachable'))
setTimeout(end, timeout, 'timeout')
`

async function look(lab: Lab): Promise<Pick<ClusterIPLook, 'addresses' | 'listeners'>> {
  const { service } = await lab.state()
  const addresses = await lab.run('node', 'ip', ['-br', 'addr'])
  const listeners = await lab.run('node', 'ss', ['-ltn'])
  return {
    addresses: linesWith(addresses.stdout, `${service.clusterIP}/`),
    listeners: linesWith(listeners.stdout, `:${service.port} `),
  }
}

function linesWith(text: string, part: string): number {
  return text.split('\n').filter((line) => line.includes(part)).length
}
