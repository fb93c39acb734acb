/** A relay that is a process, once its TCP Services accept. */
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProcess } from '../process.ts'
import type { Relay, Site } from './relay.ts'

const patienceMs = 60_000

export async function serving(process: RunningProcess, { ip, services }: Site): Promise<Relay> {
  const ports = services.filter(({ protocol }) => protocol === 'TCP').map(({ port }) => port)
  const ended = process.output.then(() => Promise.reject(new Error('the relay has ended')))
  ended.catch(() => {})
  // The last is open when all are, or is the one that never will be.
  for (const port of [...ports.slice(0, 3), ...ports.slice(-1)]) {
    await Promise.race([accepting({ ip, port }), ended])
  }
  return {
    process,
    address: ({ port }) => ({ ip, port }),
    stop: () => process.stop(),
  }
}

async function accepting({ ip, port }: { ip: string; port: number }): Promise<void> {
  const until = performance.now() + patienceMs
  while (!(await accepts(ip, port))) {
    if (performance.now() > until) throw new Error(`nothing listens on ${ip}:${port}`)
    await delay(20)
  }
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
