/**
 * What the demo says, in English. Every other language has the same keys and places, by type and by test.
 */

export const en = {
  levelLoopback: 'loopback (real proxy, simulated kernel rules)',
  levelRootless: 'rootless (real Linux rules, no root)',
  levelRoot: 'root (real Linux rules, in namespaces of their own)',
  levelLine: 'level: {level}; ready in {seconds} s',
  why: 'why:',
  tryThis: 'try:',
  labNetwork: 'lab: client {client}, node {node}, {pods}',
  labLoopback: 'lab: client {client}, {pods}, all on this machine',
  service:
    'Service default/web  ClusterIP {clusterIP}:{port}/TCP  endpoints {usable}/{total} ready',

  titleClusterIP: 'Where does the ClusterIP live?',
  titleUserspace: 'What did Kubernetes 1.0 do? Mode userspace',
  titleIptables: 'And what does it do since 1.2? Mode iptables',
  titleDeadPod: 'A pod dies, and the endpoints do not know it yet. Who notices?',
  titleOpenConnection: 'A pod leaves the Service while a connection to it is open. And then?',
  titleCost: 'What does each mode cost here?',
  titleNext: 'Where to go on',

  because: 'Why: ',
  noRuleYet: '{outcome} (no rule is there yet)',
  rulesLoaded: 'now the rules of mode iptables are there:',
  wrongPort: '{outcome} (no port of the Service)',
  clusterIPModel: 'in the model no host has this address, and nobody listens there',
  becauseClusterIP:
    'nobody owns this address. No interface has it and nothing listens there: rules on the node rewrite it in passing, for the ports of the Service and nothing else. That is also why a ping of it is in vain.',

  rulesOf: 'rules: {all} in all, {own} of this Service; shown without comments',
  noRules: 'rules: none. The proxy listens on the ClusterIP itself',
  requests: '{count} requests: {pods}   {counts}',
  seenNode: 'the pod sees as its client: {address} (the node; your own address is gone)',
  seenClient: 'the pod sees as its client: {address} (your own address)',
  seenUnknown: 'the pod sees as its client: {address}',
  becauseUserspace:
    'your connection ends in a process on the node, which opens a second one to the pod. It takes the pods in turn, and a pod sees the process, not you.',

  dice: 'dice: {probabilities}, and the rest for the last',
  band: 'by chance: {low} to {high} for each pod is usual; {percent} % of all runs are more uneven',
  traced: 'one packet from {source} to {dialled}: {chains} leads it to {led}',
  becauseIptables:
    'the kernel throws dice for the first packet of a connection, and rewrites where it goes. There is no second connection, so the pod sees you; and no turns, so few requests are spread unevenly.',

  deadPod: '{pod} is killed; its endpoint stays listed and ready',
  deadPodRow: '{mode} {requests} requests {ok} ok {refused} refused {retried} retried',
  deadPodOther: '{mode}: {other} ended otherwise',
  deadPodBand: 'with dice, {low} to {high} of {requests} are usual: a third',
  becauseDeadPod:
    'the kernel rewrites one address once, and then nobody is left who could notice a refusal. A process that dials itself does notice: it takes the next pod, and passes over the dead one until that answers again. Hence so few retries.',

  open: 'open connection: {pods}',
  endpointGone: '{pod} is taken out of the endpoints',
  openStill: 'open connection: {pods}    new ones: {others}',
  podKilled: '{pod} is killed',
  openEnd: 'open connection: {end}',
  becauseOpenConnection:
    'rules and balancers choose for the first packet only. What is open goes on, by the memory of conntrack or in the process that has it, until one of both ends closes it: a pod that is to go has time to finish.',

  costHeader: 'mode|new connection|open connection|bulk|chosen by',
  costRounds: 'median of {rounds} interleaved rounds; = no visible difference to direct',
  costLoad: 'load {load} on {cpus} CPUs',
  costBusy: 'this machine has other things to do: the figures are worth less',
  costInvalid: '{mode}: rounds thrown away: {reasons}',
  choosesDirect: 'client, in turn',
  choosesProxy: 'proxy, in turn',
  choosesKernel: 'kernel, dice',
  choosesIpvs: 'kernel, rr',
  becauseCost:
    'userspace pays for every new connection with a second one, and copies every byte twice; rules are asked once for each connection. Client, proxy and pods share the CPUs of this machine: ratios are those of a laptop, not of a cluster.',

  nextHello: 'the proxy alone, on this machine',
  nextLab: 'this lab as a page to play with',
  nextCourse: 'ten experiments, one by one',
  nextRender: 'the rules of each mode',
  nextRun: 'serve your Services',

  outcomeOk: 'answered',
  outcomeRefused: 'refused',
  outcomeTimeout: 'timeout',
  outcomeUnreachable: 'unreachable',
  outcomeClosed: 'closed',

  skipped: 'skipped: {part}: {reason}',
  failed: 'FAILED: {message}',
  summary: '{scenes}, {failed} failed, {skipped}. {seconds} s',
  scenesOne: '1 scene',
  scenesMany: '{count} scenes',
  skippedNone: 'nothing skipped',
  skippedParts: 'skipped: {parts}',
  pressEnter: 'Enter goes on',
} as const

/** What every language says. */
export type DemoMessages = Readonly<Record<keyof typeof en, string>>
