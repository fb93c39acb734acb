/**
 * Ports at which nobody listens now, for TCP and UDP.
 */
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Target } from '../lab-client.ts'

/** @throws {Error} Node's own, where the address is not this machine's */
export async function freePort(address: string): Promise<number> {
  for (;;) {
    const port = await tryTcp({ address, port: 0 })
    if (await tryUdp({ address, port })) return port
  }
}

/** That of the target, or another one where that is taken. */
export async function portNear(target: Target): Promise<number> {
  return (await isFree(target)) ? target.port : freePort(target.address)
}

export async function isFree(target: Target): Promise<boolean> {
  const port = await tryTcp(target).catch(() => undefined)
  return port !== undefined && tryUdp({ ...target, port })
}

async function tryTcp({ address, port }: Target): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host: address, port }, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  await new Promise((resolve) => server.close(resolve))
  return bound
}

async function tryUdp({ address, port }: Target): Promise<boolean> {
  const socket = createSocket('udp4')
  const isBound = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false)).bind({ address, port }, () => resolve(true))
  })
  await new Promise<void>((resolve) => socket.close(() => resolve()))
  return isBound
}
