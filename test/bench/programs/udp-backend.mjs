// Endpoints of the loads with datagrams. The echo sends each back. The sink counts them by their first four bytes, the
// number of the run; a datagram that is no more than such a number is answered with its count.
import { createSocket } from 'node:dgram'

const { 'udp-echo': echo, 'udp-sink': sink } = JSON.parse(process.argv[2])

function open({ endpoints: [{ ip, port }] }, onMessage) {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
  socket.on('message', (message, from) => onMessage(socket, message, from))
  return new Promise((resolve) => socket.bind(port, ip, resolve))
}

const counts = new Map()

await open(echo, (socket, message, { port, address }) => socket.send(message, port, address))
await open(sink, (socket, message, { port, address }) => {
  const run = message.readUInt32LE(0)
  const count = counts.get(run) ?? 0
  if (message.length === 4) socket.send(String(count), port, address)
  else counts.set(run, count + 1)
})
process.stdout.write('ready\n')
