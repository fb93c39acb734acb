import t from 'tap'
import type { RunningProcess } from '../process.ts'
import { takeTurns } from '../turns.ts'

t.test('the clients of one go on at a time, and all are told to end', async (t) => {
  const told: string[] = []
  const clients = (name: string) =>
    ({
      child: {
        kill: (signal: string) => told.push(`${name} ${signal.replace('SIG', '')}`) > 0,
      },
    }) as unknown as RunningProcess
  const begins = (turn: number) => void told.push(`turn ${turn}`)
  await takeTurns([{ clients: clients('a'), begins }, { clients: clients('b') }], 0.2)
  t.equal(
    told.join(', '),
    [
      'a STOP, b STOP',
      'a CONT, turn 0, a STOP, b CONT, b STOP',
      'b CONT, b STOP, a CONT, turn 1, a STOP',
      'a CONT, a INT, b CONT, b INT',
    ].join(', '),
  )
})
