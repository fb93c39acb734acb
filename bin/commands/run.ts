/**
 * `run`: the daemon. Serves the Services of a source until it is told to stop.
 */
import { hostname } from 'node:os'
import type { Logger, ProxyOptions } from '../../lib/index.ts'
import { AdminServer, ManifestSource, Proxier } from '../../lib/index.ts'
import type { Command } from '../command.ts'
import {
  applyConfiguration,
  configurationNotes,
  configurationOption,
} from '../configuration/configuration-option.ts'
import { formatDuration } from '../duration.ts'
import { Flags } from '../flags.ts'
import type { PortalSettings } from '../portal-binders.ts'
import { createPortalBinder, portalFlagOptions, readPortalFlags } from '../portal-binders.ts'
import type { LogLevel } from '../run/daemon-logger.ts'
import { daemonLogger, logLevels } from '../run/daemon-logger.ts'
import type { Healthz } from '../run/health-surface.ts'
import { HealthSurface, healthzOption, readHealthzFlag } from '../run/health-surface.ts'
import { proxyFlagOptions, readProxyFlags } from '../run/proxy-flags.ts'
import { RetriedServer } from '../run/retried-server.ts'
import type { SourceSettings } from '../run/source-flags.ts'
import { createSource, readSourceFlags, sourceFlagOptions } from '../run/source-flags.ts'
import { startUpReport } from '../run/start-up-report.ts'
import { StandardOutput } from '../standard-output.ts'
import { stopSignal } from '../stop-signal.ts'

const text = { type: 'string', requiresArg: true } as const

export const runCommand: Command = {
  command: 'run',
  describe: 'Run the daemon',
  builder: (yargs) =>
    yargs
      .options(sourceFlagOptions)
      .option('config', configurationOption)
      .options(portalFlagOptions)
      .options(proxyFlagOptions())
      .option('healthz-bind-address', healthzOption)
      .option('metrics-bind-address', {
        ...text,
        default: '127.0.0.1:10249',
        describe: 'Admin surface, which get asks; port 0: any',
      })
      .option('grace', {
        ...text,
        default: '30s',
        describe: 'At the end, let connections end by themselves for',
      })
      .option('keep-portals', {
        type: 'boolean',
        describe: 'At the end, leave rules and routes for the next process',
      })
      .option('log-level', { ...text, default: 'info', describe: logLevels.join(', ') })
      .middleware(applyConfiguration, true)
      .example('$0 run --manifests shop.yaml', 'serve the Services of a file')
      .example('$0 run --in-cluster --portals iptables', 'serve a node'),
  handler: async (argv) => {
    const settings = readSettings(new Flags(argv))
    const { options, graceMs, admin } = settings
    const logger = await daemonLogger(settings.logLevel)
    const warn = (message: string): void => logger.warn({ event: 'portal' }, message)
    const portalBinder = createPortalBinder(settings.portals, warn)
    for (const note of configurationNotes(argv)) logger.warn({ event: 'config' }, note)
    const stop = stopSignal()
    const output = new StandardOutput()
    const source = createSource(settings.source, options)
    const proxier = new Proxier({ ...options, source, portalBinder, logger })
    const server = new AdminServer({ proxier, ...admin })
    const surface = new RetriedServer({
      server,
      name: 'admin surface',
      event: 'admin',
      address: admin.address,
      logger,
    })
    const health = new HealthSurface({
      proxier,
      logger,
      healthz: settings.healthz,
      portals: settings.portals,
    })
    logEvents(proxier, logger)
    try {
      await health.start()
      const isStopped = await Promise.race([proxier.start(), stop])
      if (isStopped === undefined) {
        await surface.start()
        const services = await proxier.services()
        const { description } = source
        const skippedKinds = source instanceof ManifestSource ? source.skippedKinds : new Map()
        const places = { admin: surface.place, health: health.place }
        output.print(startUpReport({ services, description, skippedKinds, ...places }))
      }
      const signal = await stop
      const grace = formatDuration(graceMs)
      logger.info({ event: 'stop' }, `${signal}: connections may end by themselves for ${grace}`)
    } finally {
      try {
        await proxier.close({ graceMs, keepPortals: settings.keepPortals })
      } finally {
        // Last, so that it can be asked what is still open; and also where rules could not be removed.
        await Promise.all([surface.close(), health.close()])
      }
    }
  },
}

interface Settings {
  readonly source: SourceSettings
  readonly portals: PortalSettings
  readonly keepPortals: boolean
  readonly options: ProxyOptions
  readonly admin: { readonly address: string; readonly port: number }
  readonly healthz: Healthz
  readonly graceMs: number
  readonly logLevel: LogLevel
}

/** Everything is read before anything is opened. @throws {CommandError} */
function readSettings(flags: Flags): Settings {
  const portals = readPortalFlags(flags)
  const options = readProxyFlags(flags)
  return {
    source: readSourceFlags(flags),
    portals,
    keepPortals: flags.isSet('keep-portals'),
    options: {
      ...options,
      // As kubelet names the Node: https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/
      nodeName: options.nodeName || hostname().trim().toLowerCase(),
      bindAddress: portals.bindAddress,
      externalIPCIDRs: portals.externalIPCIDRs,
    },
    admin: flags.hostPort('metrics-bind-address'),
    healthz: readHealthzFlag(flags),
    graceMs: flags.duration('grace'),
    logLevel: flags.oneOf('log-level', logLevels),
  }
}

/** A line for each sync that changed something, and one when portals work again; none for a connection. */
function logEvents(proxier: Proxier, logger: Logger): void {
  proxier.on('sync', ({ set, removed, durationMs }) => {
    if (set + removed === 0) return
    const what = `ServicePorts: ${set} set, ${removed} removed`
    logger.info({ event: 'sync', set, removed, durationMs: Math.round(durationMs) }, what)
  })
  proxier.on('source', ({ isLive, detail }) => {
    if (isLive) logger.info({ event: 'source' }, detail)
    else logger.warn({ event: 'source' }, detail)
  })
  let arePortalsBroken = false
  // The Proxier has a line for each problem. Those that name a ServicePort are no failure of all portals.
  proxier.on('problem', ({ code, servicePort }) => {
    arePortalsBroken ||= code === 'ERR_PORTAL' && servicePort === undefined
  })
  proxier.on('portals', ({ durationMs }) => {
    const fields = { event: 'portals', durationMs: Math.round(durationMs) }
    if (arePortalsBroken) logger.info(fields, 'the portals lead here again')
    else logger.debug(fields, 'the portals lead here')
    arePortalsBroken = false
  })
  process.on('SIGHUP', () => {
    logger.info({ event: 'signal' }, 'SIGHUP does nothing: manifests are watched')
  })
}
