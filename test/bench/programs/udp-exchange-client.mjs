// Clients that send a datagram each, wait for it to come back, and send the next.
import { createSocket } from 'node:dgram'
import { latencies } from './latencies.mjs'

const { ip, port, clients, size, seconds } = JSON.parse(process.argv[2])
const patienceMs = 1000
const times = []
let errors = 0
let isOver = false

function client() {
  const socket = createSocket('udp4')
  const datagram = Buffer.alloc(size)
  let number = 0
  return new Promise((resolve) => {
    let sentAt = 0
    let timer
    const send = () => {
      if (isOver) {
        clearTimeout(timer)
        socket.close()
        return resolve()
      }
      datagram.writeUInt32LE(++number, 0)
      sentAt = performance.now()
      socket.send(datagram)
      timer.refresh()
    }
    timer = setTimeout(() => {
      errors++
      send()
    }, patienceMs)
    socket.on('message', (answer) => {
      // The answer to one that was given up.
      if (answer.readUInt32LE(0) !== number) return
      if (answer.length !== size) errors++
      times.push((performance.now() - sentAt) * 1000)
      send()
    })
    socket.on('error', () => errors++)
    socket.connect(port, ip, send)
  })
}

const began = performance.now()
setTimeout(() => (isOver = true), seconds * 1000)
await Promise.all(Array.from({ length: clients }, client))
const took = (performance.now() - began) / 1000
const result = { operations: times.length, seconds: took, errors, latencyUs: latencies(times) }
process.stdout.write(`${JSON.stringify(result)}\n`)
