/**
 * `run`: the daemon. Serves the Services of a source until it is told to stop.
 */
import cluster from 'node:cluster'
import { hostname } from 'node:os'
import type { Logger, ProxyOptions } from '../../lib/index.ts'
import {
  AdminServer,
  ConnectionLog,
  KubernetesEvents,
  KubernetesSource,
  ManifestSource,
  Metrics,
  Proxier,
  SharedPorts,
} from '../../lib/index.ts'
import type { Command } from '../command.ts'
import {
  applyConfiguration,
  configurationNotes,
  configurationOption,
} from '../configuration/configuration-option.ts'
import { formatDuration } from '../duration.ts'
import { badFlag, Flags } from '../flags.ts'
import { packageVersion } from '../package-version.ts'
import { Keeper } from '../keeper/keeper.ts'
import { Kept } from '../keeper/kept.ts'
import type { PortalSettings } from '../portal-binders.ts'
import { createPortalBinder, portalFlagOptions, readPortalFlags } from '../portal-binders.ts'
import { connectionLogOption, readConnectionLogFlag } from '../run/connection-log-flag.ts'
import type { LogLevel } from '../run/daemon-logger.ts'
import { daemonLogger, logLevels } from '../run/daemon-logger.ts'
import type { Healthz } from '../run/health-surface.ts'
import type { HangUpOptions } from '../run/hang-up.ts'
import { hangUp } from '../run/hang-up.ts'
import { HealthSurface, healthzOption, readHealthzFlag } from '../run/health-surface.ts'
import { proxyFlagOptions, readProxyFlags } from '../run/proxy-flags.ts'
import { RetriedServer } from '../run/retried-server.ts'
import { ServiceManager } from '../run/service-manager.ts'
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
      .option('metrics-per-endpoint', {
        type: 'boolean',
        describe: 'Metrics of each endpoint too, of 1,000 at most',
      })
      .option('connection-log', connectionLogOption)
      .option('events', {
        type: 'boolean',
        default: true,
        describe: 'Tell the cluster by Events what cannot be served; =false: do not',
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
      .option('keeper', {
        type: 'boolean',
        describe: 'Keep the listening sockets in a parent process: SIGHUP restarts without loss',
      })
      .option('log-level', { ...text, default: 'info', describe: logLevels.join(', ') })
      .middleware(applyConfiguration, true)
      .example('$0 run --manifests shop.yaml', 'serve the Services of a file')
      .example('$0 run --in-cluster --portals iptables', 'serve a node'),
  handler: async (argv) => {
    const settings = readSettings(new Flags(argv))
    const { options, graceMs, admin } = settings
    const logger = await daemonLogger(settings.logLevel)
    const manager = new ServiceManager({ socket: process.env['NOTIFY_SOCKET'], logger })
    if (settings.usesKeeper && cluster.isPrimary) {
      const tell = manager.tell.bind(manager)
      process.exitCode = await new Keeper({ logger, tell, startLimitMs: 60_000 }).run()
      return
    }
    const warn = (message: string): void => logger.warn({ event: 'portal' }, message)
    const portalBinder = createPortalBinder(settings.portals, warn)
    for (const note of configurationNotes(argv)) logger.warn({ event: 'config' }, note)
    const stop = stopSignal()
    const isKept = settings.usesKeeper
    const start = isKept ? await Kept.begin() : undefined
    const isSuccessor = start?.isSuccessor === true
    const sharedPorts = start && new SharedPorts(start.former)
    const kept =
      sharedPorts &&
      new Kept({
        describe: () => sharedPorts.state(),
        replyLate: (reply) => proxier.replyLate(reply),
      })
    const output = new StandardOutput()
    const source = createSource(settings.source, options)
    const proxier = new Proxier({
      ...options,
      source,
      portalBinder,
      logger,
      isSuccessor,
      ...(sharedPorts && { sharedPorts }),
    })
    const { perEndpoint, configuration } = settings
    const path = settings.connectionLog
    const connectionLog =
      path === undefined ? undefined : new ConnectionLog({ proxier, path, logger })
    const events =
      settings.events && source instanceof KubernetesSource
        ? new KubernetesEvents({ proxier, source, logger })
        : undefined
    const metrics = new Metrics({
      proxier,
      perEndpoint,
      version: packageVersion(),
      connectionLog,
      kubernetesEvents: events,
    })
    const server = new AdminServer({ proxier, metrics, configuration, sharedPorts, ...admin })
    const surface = new RetriedServer({
      server,
      name: 'admin surface',
      event: 'admin',
      address: admin.address,
      logger,
    })
    const health = new HealthSurface({
      proxier,
      metrics,
      logger,
      healthz: settings.healthz,
      portals: settings.portals,
      onServiceFailure: events?.serviceHealthFailed,
      sharedPorts,
    })
    logEvents(proxier, logger)
    proxier.on('listener', () => kept?.listenerChanged())
    if (!isKept) {
      const configuration = argv['config'] as HangUpOptions['configuration']
      process.on('SIGHUP', () => void hangUp({ logger, configuration, connectionLog }))
    }
    events?.start()
    // The rules are another process's while that serves.
    let areOthers = isSuccessor
    try {
      await connectionLog?.start()
      // Until this process can answer better, the one before it does.
      if (!isSuccessor) await health.start()
      const isStopped = await Promise.race([proxier.start(), stop])
      if (isStopped === undefined) {
        if (isSuccessor) await health.start()
        await surface.start()
        const pins = await kept?.listening()
        areOthers = false
        if (isSuccessor && pins !== undefined) await proxier.takeOver(pins)
        if (!isKept) manager.tell('ready')
        const services = await proxier.services()
        const { description } = source
        const skippedKinds = source instanceof ManifestSource ? source.skippedKinds : new Map()
        const places = { admin: surface.place, health: health.place }
        const report = startUpReport({ services, description, skippedKinds, ...places })
        // Standard output is the connection log's alone, then.
        if (isSuccessor) logger.info({ event: 'keeper' }, 'this process serves')
        else if (path === '-') process.stderr.write(`${report}\n`)
        else output.print(report)
      }
      const grace = formatDuration(graceMs)
      const signal = await Promise.race([stop, kept?.handOver.then(() => undefined) ?? stop])
      if (signal === undefined) {
        areOthers = true
        // What is asked from now on the next process answers.
        const closed = Promise.all([surface.close(), health.close()])
        kept?.handedOver(await proxier.handOver((reply) => kept.lateReply(reply)))
        await closed
        const { length } = await proxier.connections()
        logger.info(
          { event: 'stop' },
          `another process serves; ${length} connections go on in this one for up to ${grace}`,
        )
        return
      }
      if (!isKept) manager.tell('stopping')
      logger.info({ event: 'stop' }, `${signal}: connections may end by themselves for ${grace}`)
    } finally {
      try {
        await proxier.close({ graceMs, keepPortals: settings.keepPortals || areOthers })
      } finally {
        // Last, so that it can be asked what is still open; and also where rules could not be removed.
        await Promise.all([
          surface.close(),
          health.close(),
          connectionLog?.close(),
          events?.close(),
        ])
        metrics.close()
        // The last word is to be why it has ended, where that was a fault.
        logger.flush()
      }
    }
  },
}

interface Settings {
  readonly source: SourceSettings
  readonly portals: PortalSettings
  readonly keepPortals: boolean
  readonly usesKeeper: boolean
  readonly options: ProxyOptions
  readonly admin: { readonly address: string; readonly port: number }
  readonly healthz: Healthz
  readonly perEndpoint: boolean
  /** What `/configz` shows besides the options. */
  readonly configuration: object
  readonly connectionLog: string | undefined
  readonly events: boolean
  readonly graceMs: number
  readonly logLevel: LogLevel
}

/** Everything is read before anything is opened. @throws {CommandError} */
function readSettings(flags: Flags): Settings {
  const portals = readPortalFlags(flags)
  const options = readProxyFlags(flags)
  if (flags.isSet('keeper') && options.workers > 1) {
    throw badFlag('workers', flags.text('workers'), '1, since --keeper is given,')
  }
  return {
    source: readSourceFlags(flags),
    portals,
    keepPortals: flags.isSet('keep-portals'),
    usesKeeper: flags.isSet('keeper'),
    options: {
      ...options,
      // As kubelet names the Node: https://kubernetes.io/docs/reference/command-line-tools-reference/kubelet/
      nodeName: options.nodeName || hostname().trim().toLowerCase(),
      bindAddress: portals.bindAddress,
      externalIPCIDRs: portals.externalIPCIDRs,
    },
    admin: flags.hostPort('metrics-bind-address'),
    healthz: readHealthzFlag(flags),
    perEndpoint: flags.isSet('metrics-per-endpoint'),
    configuration: {
      healthzBindAddress: flags.text('healthz-bind-address'),
      metricsBindAddress: flags.text('metrics-bind-address'),
      nodePortAddresses: portals.nodeportAddresses ?? [],
    },
    connectionLog: readConnectionLogFlag(flags),
    events: flags.isSet('events'),
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
}
