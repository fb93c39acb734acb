/**
 * askLab: has something done to the lab. What went wrong is on the timeline, where everybody sees it.
 */
import type { PageCommand } from '../page-command.ts'

/** Returns whether it was done. */
export async function askLab({ name, ...body }: PageCommand): Promise<boolean> {
  try {
    const { ok } = await fetch(`/api/v1/lab/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-userspace-proxy-lab': '1' },
      body: JSON.stringify(body),
    })
    return ok
  } catch {
    // The lab is gone; the stream of events says so.
    return false
  }
}
