/**
 * What may stand behind the flags of the command line, for shells that complete it.
 *
 * yargs does not know: values are checked by the commands themselves, in words of their own.
 */
import { experimentNames, languages, renderModes, sceneNames } from '../../lib/lab/index.ts'
import { connectionStates } from '../get/connection-state.ts'
import { formats } from '../get/format.ts'
import { portalModes } from '../portal-binders.ts'
import { reportFormats } from '../commands/bench.ts'
import { labLevels } from '../lab/lab-flags.ts'
import { renderFormats, renderReleases, schedulerNames } from '../commands/render.ts'
import { logLevels } from '../run/daemon-logger.ts'

/** Words, or names of files. */
export type Values = readonly string[] | 'files'

const textOrJson = ['text', 'json']

/** By `command flag`, or by `flag` where all commands that have it take the same. */
const values: Readonly<Record<string, Values>> = {
  'bind-address': ['127.0.0.1', '0.0.0.0'],
  config: 'files',
  'connection-log': 'files',
  kubeconfig: 'files',
  'log-level': logLevels,
  manifests: 'files',
  'nodeport-addresses': ['primary', 'localhost', 'all'],
  portals: portalModes,
  'rules portals': ['iptables', 'anyip'],
  'course output': textOrJson,
  'course write': 'files',
  'demo output': textOrJson,
  'demo scene': sceneNames.map((_, i) => String(i + 1)),
  'doctor output': textOrJson,
  lang: languages,
  level: labLevels,
  'version output': textOrJson,
  file: 'files',
  'ipvs-scheduler': schedulerNames,
  'render mode': renderModes,
  'render output': renderFormats,
  'render release': renderReleases,
  'explain output': [...textOrJson, 'yaml'],
  'explain protocol': ['TCP', 'UDP'],
  'explain via': ['cluster', 'external', 'load-balancer', 'node-port'],
  'explain family': ['IPv4', 'IPv6'],
  'bench output': reportFormats,
  'bench report': 'files',
  'get output': [...formats, 'ipvs'],
  'get sort': ['age', 'bytes'],
  'get state': connectionStates,
}

/** By command and positional argument. */
const positionals: Readonly<Record<string, Values>> = {
  'get resource': ['services', 'endpoints', 'connections'],
  'completion shell': ['bash', 'zsh'],
  'course number': experimentNames.map((_, i) => String(i + 1)),
}

/** `[]` where any text may stand. */
export function flagValues(command: string, flag: string): Values {
  return values[`${command} ${flag}`] ?? values[flag] ?? []
}

export function positionalValues(command: string, name: string): Values {
  return positionals[`${command} ${name}`] ?? []
}
