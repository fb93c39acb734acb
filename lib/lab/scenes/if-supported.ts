/**
 * ifSupported: what the lab of this level can do, or `undefined` where it cannot, and then somebody is told why.
 */
import { ProxyError } from '../../index.ts'

export async function ifSupported<Value>(
  attempt: Promise<Value>,
  onUnsupported: (reason: string) => void,
): Promise<Value | undefined> {
  try {
    return await attempt
  } catch (error) {
    if (!(error instanceof ProxyError) || error.code !== 'ERR_UNSUPPORTED') throw error
    onUnsupported(error.message)
    return undefined
  }
}
