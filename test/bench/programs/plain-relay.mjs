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
    const flow = flows.get(key)
    if (flow) return flow(message)
    const to = endpoints[cursor++ % endpoints.length]
    const socket = createSocket('udp4')
    let waiting = []
    let send = (message) => waiting.push(message)
    flows.set(key, (message) => send(message))
    send(message)
    socket.on('message', (answer) => server.send(answer, port, address))
    socket.on('error', () => flows.delete(key))
    socket.connect(to.port, to.ip, () => {
      send = (message) => socket.send(message)
      waiting.forEach(send)
      waiting = []
    })
  })
  server.bind(port, ip)
}
