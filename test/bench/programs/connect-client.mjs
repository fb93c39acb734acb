// One connection after the other, each at its time: how long from the dial to the first byte of the answer.
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { latencies } from './latencies.mjs'

const { ip, port, perSecond, seconds } = JSON.parse(process.argv[2])
const request = 'GET / HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n'
const times = []
let errors = 0

function probe() {
  return new Promise((resolve) => {
    const began = performance.now()
    let isAnswered = false
    const socket = connect({ host: ip, port })
    socket.write(request)
    socket.once('data', () => {
      isAnswered = true
      times.push((performance.now() - began) * 1000)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (!isAnswered) errors++
      resolve()
    })
  })
}

const began = performance.now()
const probes = []
for (let count = 0; count < perSecond * seconds; count++) {
  await delay(Math.max(0, began + (count * 1000) / perSecond - performance.now()))
  probes.push(probe())
}
await Promise.all(probes)
const took = (performance.now() - began) / 1000
const result = { operations: times.length, seconds: took, errors, latencyUs: latencies(times) }
process.stdout.write(`${JSON.stringify(result)}\n`)
