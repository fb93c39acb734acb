// Endpoint of bulk loads. A client says in 16 bytes how much it sends and how much it wants; it gets that much, and one
// byte more when all it sent has come. Then it is for the client to close.
import { createServer } from 'node:net'

const { bulk } = JSON.parse(process.argv[2])
const [{ ip, port }] = bulk.endpoints
const chunk = Buffer.alloc(256 << 10)

const server = createServer({ noDelay: true }, (socket) => {
  let header = Buffer.alloc(0)
  let toCome = 0
  let toSend = 0
  let isSettled = false
  const settle = () => {
    if (isSettled || toCome > 0 || toSend > 0) return
    isSettled = true
    socket.write('.')
  }
  const send = () => {
    while (toSend > 0) {
      const size = Math.min(toSend, chunk.length)
      toSend -= size
      if (!socket.write(size === chunk.length ? chunk : chunk.subarray(0, size)) && toSend > 0)
        return
    }
    settle()
  }
  const take = (bytes) => {
    toCome -= bytes.length
    settle()
  }
  socket.on('data', function read(bytes) {
    header = Buffer.concat([header, bytes])
    if (header.length < 16) return
    toCome = Number(header.readBigUInt64LE(0))
    toSend = Number(header.readBigUInt64LE(8))
    socket.off('data', read)
    socket.on('data', take)
    const rest = header.subarray(16)
    if (toSend > 0) {
      socket.on('drain', () => toSend > 0 && send())
      send()
    }
    if (rest.length > 0) take(rest)
    else settle()
  })
  socket.on('error', () => {})
})
server.listen({ port, host: ip, backlog: 4096 }, () => process.stdout.write('ready\n'))
