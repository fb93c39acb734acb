// Opens connections, each with an answer of the endpoint through it, says so and keeps them until its input ends.
import { once } from 'node:events'
import { connect } from 'node:net'

const { ip, port, count } = JSON.parse(process.argv[2])
const header = Buffer.alloc(16)
let errors = 0

function open() {
  return new Promise((resolve) => {
    const fail = () => {
      errors++
      resolve()
    }
    const socket = connect({ host: ip, port })
    socket.on('error', fail)
    socket.on('close', fail)
    socket.on('connect', () => socket.write(header))
    socket.once('data', resolve)
  })
}

const began = performance.now()
let opened = 0
const opener = async () => {
  while (opened++ < count) await open()
}
await Promise.all(Array.from({ length: 32 }, opener))
const seconds = (performance.now() - began) / 1000
process.stdout.write(`${JSON.stringify({ seconds, errors })}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
// Those that were closed meanwhile count too.
process.stdout.write(`${JSON.stringify({ seconds, errors })}\n`)
process.exit()
