// The relay that relays/plain.ts starts. No faults are handled but those that would end it.
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'

const { ip, services } = JSON.parse(readFileSync(process.argv[2], 'utf8'))

for (const { protocol, port, endpoints } of services) {
  if (protocol === 'TCP') relayTcp(port, endpoints)
  else relayUdp(port, endpoints)
}

function relayTcp(port, endpoints) {
  let cursor = 0
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const to = endpoints[cursor++ % endpoints.length]
    const endpoint = connect({ host: to.ip, port: to.port, allowHalfOpen: true, noDelay: true })
    client.on('error', () => endpoint.destroy())
    endpoint.on('error', () => client.destroy())
    client.pipe(endpoint)
    endpoint.pipe(client)
  })
  server.listen({ port, host: ip, backlog: 4096 })
}

function relayUdp(port, endpoints) {
  let cursor = 0
  const flows = new Map()
  const server = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 })
  server.on('message', (message, { address, port }) => {
    const key = `${address}:${port}`
    let flow = flows.get(key)
    if (flow === undefined) {
      flow = openFlow(endpoints[cursor++ % endpoints.length], {
        answer: (message) => server.send(message, port, address),
        end: () => flows.delete(key),
      })
      flows.set(key, flow)
    }
    flow.send(message)
  })
  server.bind(port, ip)
}

function openFlow(to, { answer, end }) {
  const socket = createSocket('udp4')
  const waiting = []
  const flow = { send: (message) => waiting.push(message) }
  socket.on('message', answer)
  socket.on('error', end)
  socket.connect(to.port, to.ip, () => {
    flow.send = (message) => socket.send(message)
    for (const message of waiting) flow.send(message)
  })
  return flow
}
