/**
 * The program that runs on a host which asks: it answers calls of the methods of LabClient, and bears loads.
 *
 * It is ready before it has loaded them: the first call waits for that, and meanwhile a mode can be put to work.
 */
import type { ClientRequest, Reply } from '../lab-client.ts'
import type { LoadOptions } from './measuring/load.ts'
import { runLoad } from './measuring/load.ts'
import { answerCalls, methodsOf } from './rpc.ts'

process.on('disconnect', () => process.exit())
process.send?.('ready')
const loading = import('../lab-client.ts').then(({ LabClient }) => new LabClient())

answerCalls(process, async (method, args) => {
  if (method === 'load') return runLoad(args[0] as LoadOptions)
  if (method === 'requests') return requests(args[0] as readonly ClientRequest[])
  return methodsOf(await loading)(method, args)
})

/** To one target each, so many at once as each of them says. */
async function requests(all: readonly ClientRequest[]): Promise<Reply[]> {
  const client = await loading
  const replies: Reply[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < all.length; i = next++) {
      const [reply] = await client.request(all[i] as ClientRequest)
      replies[i] = reply as Reply
    }
  }
  await Promise.all(Array.from({ length: all[0]?.concurrency ?? 1 }, work))
  return replies
}
