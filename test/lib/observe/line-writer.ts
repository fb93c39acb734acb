import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
} from 'node:fs'
import type { Test } from 'tap'
import t from 'tap'
import { LineWriter } from '../../../lib/observe/line-writer.ts'
import { eventually } from '../../fixtures/eventually.ts'

interface Lost {
  readonly count: number
  readonly code: string | undefined
}

function writerOf(t: Test, path: string, mostQueued?: number) {
  const lost: Lost[] = []
  const writer = new LineWriter({
    path,
    put: (line, text: string) => line.putText(text),
    ...(mostQueued !== undefined && { mostQueued }),
    onLost: (count, error) => void lost.push({ count, code: error?.code }),
  })
  t.teardown(() => writer.close())
  return { writer, lost }
}

t.test('lines are appended in their order', async (t) => {
  const path = `${t.testdir({ log: 'before\n' })}/log`
  const { writer, lost } = writerOf(t, path)
  await writer.open()
  for (let i = 0; i < 1000; i++) writer.add(`line ${i}`)
  await writer.close()
  const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}`)
  t.equal(readFileSync(path, 'utf8'), ['before', ...lines, ''].join('\n'))
  t.same([writer.written, writer.lost, lost], [1000, 0, []])
})

t.test('a line waits for others; of many none is lost', async (t) => {
  const path = `${t.testdir()}/log`
  const { writer } = writerOf(t, path)
  await writer.open()
  const sinceMs = performance.now()
  writer.add('line')
  await eventually(() => writer.written === 1)
  t.ok(performance.now() - sinceMs > 90)
  for (let i = 0; i < 600; i++) writer.add('x'.repeat(999))
  await eventually(() => writer.written === 601)
  t.equal(readFileSync(path, 'utf8').length, 5 + 600 * 1000)
})

t.test('a line may be longer than all that is written at once', async (t) => {
  const path = `${t.testdir()}/log`
  const { writer } = writerOf(t, path)
  await writer.open()
  const texts = ['short', 'x'.repeat(600_000), 'after it']
  for (const text of texts) writer.add(text)
  await writer.close()
  t.equal(readFileSync(path, 'utf8'), `${texts.join('\n')}\n`)
  t.same([writer.written, writer.lost], [3, 0])
})

t.test('what waits when it is opened anew goes to the old file', async (t) => {
  const path = `${t.testdir()}/log`
  const { writer } = writerOf(t, path)
  await writer.open()
  writer.add('old')
  renameSync(path, `${path}.1`)
  await writer.reopen()
  writer.add('new')
  await writer.close()
  t.equal(readFileSync(`${path}.1`, 'utf8'), 'old\n')
  t.equal(readFileSync(path, 'utf8'), 'new\n')
})

t.test('a file that cannot be opened is told at once', async (t) => {
  const { writer } = writerOf(t, `${t.testdir()}/nowhere/log`)
  await t.rejects(writer.open(), { code: 'ENOENT' })
  writer.add('lost')
  t.equal(writer.lost, 1)
})

t.test('after a rename, reopening makes a new file and loses nothing', async (t) => {
  const path = `${t.testdir()}/log`
  const { writer } = writerOf(t, path)
  await writer.reopen()
  await writer.open()
  writer.add('one')
  await eventually(() => writer.written === 1)
  renameSync(path, `${path}.1`)
  writer.add('two')
  await eventually(() => writer.written === 2)
  await writer.reopen()
  writer.add('three')
  await writer.close()
  t.equal(readFileSync(`${path}.1`, 'utf8'), 'one\ntwo\n')
  t.equal(readFileSync(path, 'utf8'), 'three\n')
})

t.test('where the name cannot be opened anew, the old file is written on', async (t) => {
  const folder = `${t.testdir({ logs: {} })}/logs`
  const { writer } = writerOf(t, `${folder}/log`)
  await writer.open()
  renameSync(folder, `${folder}.old`)
  await t.rejects(writer.reopen(), { code: 'ENOENT' })
  writer.add('still here')
  await writer.close()
  t.equal(readFileSync(`${folder}.old/log`, 'utf8'), 'still here\n')
})

const hasPipes = spawnSync('mkfifo', ['--version']).status === 0
const isLinux = process.platform === 'linux'
const skip = hasPipes && isLinux ? false : 'no mkfifo(1)'

function pipeOf(t: Test): string {
  const path = `${t.testdir()}/pipe`
  execFileSync('mkfifo', [path])
  return path
}

function openReader(path: string): number {
  return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
}

/** All that a pipe holds. */
function drain(reader: number): string {
  const chunk = Buffer.alloc(65_536)
  let text = ''
  try {
    for (let read = -1; read !== 0; text += chunk.toString('utf8', 0, read)) {
      read = readSync(reader, chunk)
    }
  } catch {
    // EAGAIN: nothing more for now
  }
  return text
}

t.test('a pipe that nobody reads is told, and holds up nobody', { skip }, async (t) => {
  const { writer } = writerOf(t, pipeOf(t))
  await t.rejects(writer.open(), { code: 'ENXIO' })
})

t.test(
  'beyond what may wait for a full pipe lines are lost; what waits is whole',
  { skip },
  async (t) => {
    const path = pipeOf(t)
    const reader = openReader(path)
    t.teardown(() => closeSync(reader))
    const line = 'x'.repeat(999)
    const { writer, lost } = writerOf(t, path, 100_000)
    await writer.open()
    for (let i = 0; i < 1000; i++) {
      writer.add(line)
      // As in the daemon: a turn of the event loop lies between two connections.
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    t.ok(writer.lost > 700)
    t.ok(lost.every(({ count, code }) => count === 1 && code === undefined))
    let text = ''
    await eventually(() => {
      text += drain(reader)
      return writer.written + writer.lost === 1000
    })
    await writer.close()
    text += drain(reader)
    t.same([...new Set(text.trimEnd().split('\n'))], [line])
    t.equal(text.length, writer.written * 1000)
  },
)

t.test(
  'what is opened anew takes its place between two writes, and only the last',
  { skip },
  async (t) => {
    const path = pipeOf(t)
    const reader = openReader(path)
    t.teardown(() => closeSync(reader))
    const { writer } = writerOf(t, path)
    await writer.open()
    writer.add('x'.repeat(100_000))
    const openDescriptors = (): number => readdirSync('/proc/self/fd').length
    const before = openDescriptors()
    await writer.reopen()
    await writer.reopen()
    t.equal(openDescriptors(), before + 1)
    let text = ''
    await eventually(() => (text += drain(reader)).endsWith('\n'))
    await writer.close()
    t.equal(text.length, 100_001)
    t.equal(openDescriptors(), before - 1)
  },
)

t.test('a reader that goes costs lines, and the next one gets whole ones', { skip }, async (t) => {
  const path = pipeOf(t)
  const first = openReader(path)
  const { writer, lost } = writerOf(t, path)
  await writer.open()
  // More than is written at once: the second write is the one that does not fit.
  for (let i = 0; i < 600; i++) writer.add('x'.repeat(999))
  // Long enough for the pipe to be full, which is in the middle of a line; where it is not yet, nothing is broken.
  await new Promise((resolve) => setTimeout(resolve, 100))
  closeSync(first)
  await eventually(() => lost.length > 0)
  t.equal(lost[0]?.code, 'EPIPE')
  const second = openReader(path)
  t.teardown(() => closeSync(second))
  let text = drain(second)
  writer.add('whole')
  await eventually(() => (text += drain(second)).endsWith('\nwhole\n'))
  await writer.close()
  const lines = text.split('\n').slice(0, -2)
  t.ok(lines.filter((line) => line.length !== 999).length <= 1, 'the one that was broken off')
  t.equal(writer.written + writer.lost, 601)
  t.equal(lines.filter((line) => line.length === 999).length, writer.written - 1)
})

t.test('a pipe that stays full holds up the end for a second only', { skip }, async (t) => {
  const path = pipeOf(t)
  const reader = openReader(path)
  t.teardown(() => closeSync(reader))
  const { writer } = writerOf(t, path)
  await writer.open()
  writer.add('x'.repeat(600_000))
  // With these there are 256, and a write begins.
  for (let i = 0; i < 255; i++) writer.add('waits')
  await new Promise((resolve) => setImmediate(resolve))
  writer.add('comes later')
  await writer.close()
  t.same([writer.written, writer.lost], [0, 257])
})

const full = isLinux ? false : 'no /dev/full'

t.test('a full disk costs lines, each of them counted', { skip: full }, async (t) => {
  const { writer, lost } = writerOf(t, '/dev/full')
  await writer.open()
  writer.add('one')
  await eventually(() => lost.length > 0)
  t.same(lost, [{ count: 1, code: 'ENOSPC' }])
  t.same([writer.written, writer.lost], [0, 1])
})
