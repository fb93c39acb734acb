// Client of bulk loads: streams that send and receive so many bytes each at the same time. Prints what it took.
import { connect } from 'node:net'

const { ip, port, streams, upload, download } = JSON.parse(process.argv[2])
const chunk = Buffer.alloc(256 << 10)

function stream() {
  return new Promise((resolve, reject) => {
    let toSend = upload
    let toCome = download + 1
    const onread = {
      buffer: Buffer.alloc(256 << 10),
      callback(length) {
        toCome -= length
        if (toCome > 0) return true
        socket.destroy()
        return true
      },
    }
    const socket = connect({ host: ip, port, noDelay: true, onread })
    const send = () => {
      while (toSend > 0) {
        const size = Math.min(toSend, chunk.length)
        toSend -= size
        if (!socket.write(size === chunk.length ? chunk : chunk.subarray(0, size))) return
      }
    }
    socket.on('connect', () => {
      const header = Buffer.alloc(16)
      header.writeBigUInt64LE(BigInt(upload), 0)
      header.writeBigUInt64LE(BigInt(download), 8)
      socket.write(header)
      send()
    })
    socket.on('drain', send)
    socket.on('error', reject)
    socket.on('close', () => {
      if (toCome === 0 && toSend === 0) resolve()
      else reject(new Error(`closed with ${toSend} to send and ${toCome} to come`))
    })
  })
}

const began = performance.now()
const ends = await Promise.allSettled(Array.from({ length: streams }, stream))
const seconds = (performance.now() - began) / 1000
const failed = ends.filter(({ status }) => status === 'rejected')
for (const { reason } of failed) process.stderr.write(`${reason}\n`)
process.stdout.write(`${JSON.stringify({ seconds, errors: failed.length })}\n`)
