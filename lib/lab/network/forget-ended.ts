/**
 * forgetEnded: has conntrack forget the connections that are over.
 *
 * It remembers them for 10 s to 2 min with where they were led, and a new one from a port that was used a moment ago may be
 * led there too. After a change of the mode that would be where no rule of the new one leads.
 */
import { runOn } from './hosts.ts'

/** Those in which nothing is open any more (nf_conntrack_proto_tcp.c). */
const endedStates = ['FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE'] as const

/** Without the tool nothing is forgotten: one request of some hundred may go astray then. */
export async function forgetEnded(): Promise<void> {
  const run = runOn('node')
  await Promise.all(
    endedStates.map((state) =>
      // It fails where there is nothing to be forgotten.
      run('conntrack', ['-D', '-p', 'tcp', '--state', state]).catch(() => {}),
    ),
  )
}
