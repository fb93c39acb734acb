import { globSync, readFileSync } from 'node:fs'
import t from 'tap'
import { assertBuilt, root, startNode } from '../fixtures/binary.ts'

/** What each example prints. Which pod comes first depends on port numbers, hence the groups. */
const outputs: Readonly<Record<string, RegExp>> = {
  '01-memory-source.ts': new RegExp(
    '^hello from (pod-.)\nhello from (?!\\1)(pod-.)\nhello from (?!\\1|\\2)pod-.\nhello from \\1\n' +
      'pod-2 is taken off the list\n' +
      '(?:hello from pod-[13]\n){3}$',
  ),
  '02-manifests.ts': new RegExp(
    '^shop/web:http has 2 usable endpoints of 3\nhello from web-1\nhello from web-2\n' +
      'shop/db is not proxied: headless Service: its clients dial the endpoints themselves\n' +
      'endpoint 127\\.0\\.0\\.1:18081 is usable\nendpoint 127\\.0\\.0\\.1:18082 is usable\n' +
      'endpoint 127\\.0\\.0\\.2:18082 .*not ready\n$',
  ),
  '03-session-affinity.ts': new RegExp(
    '^with affinity\n127\\.0\\.0\\.1 meets (pod-.)(?: \\1){3}\n127\\.0\\.0\\.2 meets (?!\\1)(pod-.)(?: \\2){3}\n' +
      'without\n127\\.0\\.0\\.1 meets (pod-.) (?!\\3)(pod-.) (?!\\3|\\4)pod-. \\3\n$',
  ),
  '04-udp.ts': new RegExp(
    '^(pod-.) heard anna one\n\\1 heard anna two\n(?!\\1)(pod-.) heard ben one\n\\2 heard ben two\n' +
      '2 flows are open\na flow ended: idle\n$',
  ),
  '05-own-scheduler.ts': /^\{ v1: 27, v2: 3 \}\n$/,
}

t.same(
  globSync('*.ts', { cwd: `${root}examples` }).sort(),
  Object.keys(outputs),
  'every example is run',
)

for (const [name, output] of Object.entries(outputs)) {
  t.test(`${name} prints what it should, ends by itself and is short`, async (t) => {
    assertBuilt()
    const { code, stdout, stderr } = await startNode(t, [`examples/${name}`], {}).exited
    t.match(stdout, output)
    t.equal(code, 0, stderr)
    t.ok(readFileSync(`${root}examples/${name}`, 'utf8').split('\n').length - 1 <= 60)
  })
}
