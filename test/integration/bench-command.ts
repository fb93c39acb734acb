import t from 'tap'
import { runBinary } from '../fixtures/binary.ts'

const bad: readonly (readonly [readonly string[], RegExp])[] = [
  [['--rounds', '0'], /--rounds is "0"; a number from 1 to 100 would be right/],
  [['--rounds', 'many'], /--rounds is "many"; a number from 1 to 100 would be right/],
  [['--services', '0,-1'], /--services is "0,-1"; numbers from 0 to 10000: 0,1000 would be right/],
  [['--services', '1,'], /--services is "1,"; numbers from 0 to 10000/],
  [['--level', 'high'], /--level is "high"; auto, loopback, rootless or root would be right/],
  [['-o', 'pdf'], /--output is "pdf"; markdown or json would be right/],
  [['--report', '/nowhere/x.md'], /--report \/nowhere\/x\.md cannot be written: ENOENT/],
]

for (const [args, message] of bad) {
  t.test(`bench ${args.join(' ')} is refused before anything is measured`, async (t) => {
    const { code, stdout, stderr } = await runBinary(t, ['bench', ...args])
    t.equal(code, 2)
    t.equal(stdout, '')
    t.match(stderr, message)
  })
}
