// Sends datagrams at a rate, from some sockets in turn, then asks the sink itself how many came.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

const { ip, port, sink, clients, size, rate, seconds } = JSON.parse(process.argv[2])
const run = process.pid
const datagram = Buffer.alloc(size)

const sockets = await Promise.all(
  Array.from({ length: clients }, async () => {
    const socket = createSocket('udp4')
    socket.connect(port, ip)
    await once(socket, 'connect')
    return socket
  }),
)
// A relay's flow for each, before time counts.
for (const socket of sockets) socket.send(datagram)
await delay(200)

datagram.writeUInt32LE(run, 0)
const total = Math.round(rate * seconds)
const began = performance.now()
for (let sent = 0; sent < total; await delay(1)) {
  const due = Math.min(total, ((performance.now() - began) / 1000) * rate)
  for (; sent < due; sent++) sockets[sent % clients].send(datagram)
}
const took = (performance.now() - began) / 1000
await delay(300)

const asker = createSocket('udp4')
asker.send(datagram.subarray(0, 4), sink.port, sink.ip)
const [answer] = await once(asker, 'message')
const received = Number(answer.toString())
process.stdout.write(`${JSON.stringify({ sent: total, received, seconds: took })}\n`)
process.exit()
