/**
 * Where Services come from, as flags: manifests, or the API of a cluster.
 */
import type { Options } from 'yargs'
import type { ServiceSource } from '../../lib/index.ts'
import { KubernetesSource, ManifestSource } from '../../lib/index.ts'
import { CommandError } from '../command-error.ts'
import type { Flags } from '../flags.ts'

const text = { type: 'string', requiresArg: true } as const

export const manifestsOption = {
  type: 'array',
  string: true,
  requiresArg: true,
  describe: 'Files or folders of manifests, YAML or JSON; they are watched',
} as const

/** For yargs. */
export const sourceFlagOptions: Readonly<Record<string, Options>> = {
  manifests: manifestsOption,
  kubeconfig: { ...text, describe: 'The cluster of this file, instead of manifests' },
  'in-cluster': { type: 'boolean', describe: 'The cluster whose pod this is' },
}

export type SourceSettings =
  | { readonly kind: 'manifests'; readonly paths: readonly string[] }
  | { readonly kind: 'cluster'; readonly kubeconfig: string | undefined }

/** @throws {CommandError} unless there is exactly one source */
export function readSourceFlags(flags: Flags): SourceSettings {
  const given = ['manifests', 'kubeconfig', 'in-cluster'].filter((name) => flags.has(name))
  const [name, second] = given
  if (name === undefined) {
    throw wrong('nothing says which Services; --manifests, --kubeconfig or --in-cluster would')
  }
  if (second !== undefined) {
    throw wrong(`--${name} and --${second} are two sources; one of them would be right`)
  }
  if (name === 'manifests') return { kind: 'manifests', paths: flags.texts('manifests') }
  if (name === 'in-cluster') return { kind: 'cluster', kubeconfig: undefined }
  const kubeconfig = flags.text('kubeconfig')
  if (kubeconfig === '') throw wrong('--kubeconfig is ""; the path of a file would be right')
  return { kind: 'cluster', kubeconfig }
}

function wrong(what: string): CommandError {
  return new CommandError(what, { exitCode: 2 })
}

export interface SourceOptions {
  readonly nodeName: string
  readonly serviceProxyName: string
}

/** @throws {ProxyError} ERR_INVALID_OPTION */
export function createSource(settings: SourceSettings, options: SourceOptions): ServiceSource {
  if (settings.kind === 'manifests') return new ManifestSource({ paths: settings.paths })
  const { kubeconfig } = settings
  return new KubernetesSource({
    ...options,
    ...(kubeconfig && { kubeconfig }),
    inCluster: !kubeconfig,
    proxyEnv: process.env,
  })
}
