/**
 * The version in package.json, which is found the same way from the sources and from dist.
 */
import { createRequire } from 'node:module'

/** `0.1.0` */
export function packageVersion(): string {
  const require = createRequire(import.meta.url)
  return (require('userspace-proxy/package.json') as { version: string }).version
}
