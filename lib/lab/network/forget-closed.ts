/**
 * forgetClosed: has conntrack forget the connections that are not open: not yet, or no more.
 *
 * It remembers them with where they were led: those that are over for 10 s to 2 min, those that nobody answered for 2 min. A SYN
 * from the port of one that nobody answered is taken for its next try and led there too. After a change of the mode that would
 * be where no rule of the new one leads.
 */
import { runOn } from './hosts.ts'

/** All in which nothing is open yet, or any more (nf_conntrack_proto_tcp.c). */
const closedStates = [
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT',
  'CLOSE_WAIT',
  'LAST_ACK',
  'TIME_WAIT',
  'CLOSE',
] as const

/** Without the tool nothing is forgotten: one request of some hundred may go astray then. */
export async function forgetClosed(): Promise<void> {
  const run = runOn('node')
  await Promise.all(
    closedStates.map((state) =>
      // It fails where there is nothing to be forgotten.
      run('conntrack', ['-D', '-p', 'tcp', '--state', state]).catch(() => {}),
    ),
  )
}
