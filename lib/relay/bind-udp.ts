/** bindUdp: a UDP socket that listens at an address of our own. */
import type { RemoteInfo, Socket } from 'node:dgram'
import { createSocket } from 'node:dgram'
import { addressFamily } from '../address.ts'

export interface BindUdpOptions {
  readonly address: string
  readonly port: number
  readonly isExclusive: boolean
  readonly onMessage: (socket: Socket, datagram: Buffer, from: RemoteInfo) => void
  /** The socket has failed later, and can no longer be used. */
  readonly onLost: (error: Error) => void
}

/** The kernel holds what arrives while we are busy; its default of 208 KiB is full within milliseconds of a burst. */
const receiveBufferBytes = 4 * 1024 * 1024

/** Rejects with the error of the system call. */
export function bindUdp(options: BindUdpOptions): Promise<Socket> {
  const { address, port, isExclusive, onMessage, onLost } = options
  const isIPv6 = addressFamily(address) === 'IPv6'
  const socket = createSocket({
    type: isIPv6 ? 'udp6' : 'udp4',
    ipv6Only: isIPv6,
    recvBufferSize: receiveBufferBytes,
    lookup: (host, _options, callback) => callback(null, host, isIPv6 ? 6 : 4),
  })
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close() // dgram leaves a socket that could not be bound open
      reject(error)
    }
    socket.once('error', failed)
    socket.bind({ address, port, exclusive: isExclusive }, () => {
      socket.off('error', failed)
      socket.on('error', onLost)
      socket.on('message', (datagram, from) => onMessage(socket, datagram, from))
      resolve(socket)
    })
  })
}
