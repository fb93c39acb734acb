/**
 * The portal modes of the command line, and the portal binder of each.
 */
import type { PortalBinder } from '../lib/index.ts'
import { NonePortalBinder } from '../lib/index.ts'

export const portalModes = ['none'] as const
export type PortalModeName = (typeof portalModes)[number]

export interface PortalBinderOptions {
  readonly bindAddress: string
}

export const portalBinders: Readonly<
  Record<PortalModeName, (options: PortalBinderOptions) => PortalBinder>
> = {
  none: ({ bindAddress }) => new NonePortalBinder({ bindAddress }),
}
