/**
 * The course in English. Every other language has the same keys and places, by type and by test.
 */
import type { ExperimentName } from '../../course/experiment.ts'
import type { ExperimentText } from './course-text.ts'

const experiments: Readonly<Record<ExperimentName, ExperimentText>> = {
  'where-is-a-clusterip': {
    title: 'Where is a ClusterIP?',
    question:
      'A Service has the ClusterIP 10.96.0.10 and three healthy pods. On which interface of the node is this address, and who listens there?',
    choices: [
      'On a virtual interface of kube-proxy, which listens there',
      'On no interface, and nobody listens',
      'On the interface of the first pod',
    ],
    answer: 1,
    why: 'The address stands in rules and nowhere else. They match protocol, address and port together and rewrite the packet before it is routed. Whatever they do not match, another port or a ping, goes the way of an address that nobody has.',
    errata: [
      [
        'Ping the ClusterIP to see whether the Service works.',
        'Only the ports of the Service are rewritten. In mode ipvs a ping was answered once; newer releases filter that too.',
      ],
      [
        'kube-proxy listens on the ClusterIP.',
        'No socket listens there, and it answers all the same.',
      ],
    ],
    next: 'Look for the address in the rules: `userspace-proxy course 3`.',
  },
  'what-1-0-did': {
    title: 'What did Kubernetes 1.0 do?',
    question:
      'In mode userspace a process carries the traffic. Twelve requests one after the other: who answers, and whom does a pod see as its client?',
    choices: [
      'Pods in turn; they see the node',
      'Pods by chance; they see the client',
      'Always the same pod; it sees the client',
    ],
    answer: 0,
    why: 'One rule leads the packet to a process on the node. There the connection of the client ends; the process takes the pod whose turn it is and opens a second connection. The pod sees who opened that one.',
    errata: [
      [
        'The proxy sends the traffic back to the Service IP, and it goes through iptables again.',
        'The proxy dials the pod itself: two connections, and neither leads back to the ClusterIP.',
      ],
      [
        'iptables forwards a ClusterIP to kube-proxy.',
        'Only in mode userspace, which was removed in 1.26. In all other modes kube-proxy carries nothing.',
      ],
    ],
    next: 'See what it costs: `userspace-proxy demo --scene 6`.',
  },
  'reading-iptables-save': {
    title: 'What does iptables-save say?',
    question:
      'Three pods are to get a third of the connections each. Which probabilities stand in the rules, one after the other?',
    choices: ['1/3, 1/3, 1/3', '1/3, 1/2, and none for the last', '1/2, 1/3, 1/6'],
    answer: 1,
    why: 'Rules are asked in turn. The first takes a third; the second sees only the other two thirds and takes half of them; what is left is for the last, which needs no dice. The names of chains are hashes of namespace, name, port and protocol, so the same Service has the same name on every node.',
    errata: [
      [
        'Mode iptables can only write all rules anew.',
        'Since 1.26 and 1.28 only the parts that have changed are written.',
      ],
      [
        'Connections are recorded in the raw table.',
        'conntrack is a hook of its own; the raw table is where tracking can be switched off.',
      ],
    ],
    next: 'Your own Services: `userspace-proxy render --mode iptables -f FILE`.',
  },
  'random-or-in-turn': {
    title: 'Random, or in turn?',
    question: 'In mode iptables 24 requests go to three pods. How are they spread?',
    choices: [
      'Eight each, exactly',
      'About eight each, but twelve or four are nothing unusual',
      'All to the first pod until it is busy',
    ],
    answer: 1,
    why: 'The kernel throws dice for each connection and remembers nothing. Few throws are spread unevenly, many are not: compare 24 with 3000. A process takes turns, and so does the scheduler rr of ipvs, but each node for itself.',
    errata: [
      ['Mode iptables is round robin.', 'It is chance: look at the order.'],
      [
        'IPVS is the default since 1.11, or 1.14.',
        'It never was. On Linux it is iptables since 1.2; ipvs was finished in 1.11, nftables in 1.33, and ipvs is deprecated since 1.35.',
      ],
    ],
    next: 'Is your own spread unusual? The percentage says how often chance is more uneven.',
  },
  'who-retries': {
    title: 'Who retries?',
    question:
      'One of three pods dies, and is still listed as ready. Of 300 requests, how many fail in mode iptables, and how many in mode userspace?',
    choices: ['About 100, and about 100', 'None, and about 100', 'About 100, and none'],
    answer: 2,
    why: 'A rule rewrites an address once, and nobody waits for what comes of it. A process that dials sees the refusal, and the client has noticed nothing yet: it takes the next pod, and passes over the dead one from then on. A pod that does not answer at all costs it the time of one dial, 250 ms.',
    errata: [
      [
        'Mode userspace is slower, and has no advantage.',
        'It is slower, and the only one that tries again.',
      ],
      [
        'Kubernetes retries for you.',
        'Only readiness does: until the endpoint is gone, requests fail.',
      ],
    ],
    next: 'Kill pods by hand: `userspace-proxy lab --open`.',
  },
  'open-connections': {
    title: 'Why did my open connection survive?',
    question:
      'A connection to a pod is open when the pod leaves the Service. What becomes of the connection?',
    choices: [
      'It is closed at once',
      'It moves to another pod',
      'It goes on until one of its ends closes it',
    ],
    answer: 2,
    why: 'A choice is made for the first packet only. Afterwards conntrack, or the process that carries the connection, knows where it goes. For TCP that ends with the connection. UDP has no end: where nobody deletes the entry, a client that keeps its port keeps a pod that is gone, which is why kube-proxy deletes it.',
    errata: [
      [
        'A pod that leaves a Service loses its connections.',
        'It keeps them, and so has the time to finish.',
      ],
      ['Rules decide about every packet.', 'About the first one of each connection.'],
    ],
    next: 'Compare with the retry of new connections: `userspace-proxy course 5`.',
  },
  'who-am-i-to-the-pod': {
    title: 'Who am I to the pod?',
    question:
      'A pod in the cluster asks by the ClusterIP in mode iptables. Which address does the pod that answers see?',
    choices: ['The ClusterIP', 'That of the pod that asks', 'That of the node'],
    answer: 1,
    why: 'DNAT rewrites where a packet goes, not where it comes from. Who comes by a NodePort is masqueraded, since the answer has to come back by the same node. A pod that is led to itself is masqueraded as well: it would answer to its own address, past the node. A proxy opens a connection of its own, and so is always the client itself.',
    errata: [
      [
        'For a NodePort kube-proxy opens a port, as lsof shows.',
        'It did until 2022. Now there is nothing but a rule, and no socket listens.',
      ],
      ['A Service hides the address of the client.', 'It depends on the way in, and on the mode.'],
    ],
    next: 'The rule that does it is KUBE-MARK-MASQ: `userspace-proxy render --mode iptables -f FILE`.',
  },
  'sticky-headless-or-neither': {
    title: 'Sticky, headless, or neither?',
    question:
      'A gRPC client keeps one connection open and sends 30 requests to a Service with three pods. How many pods see them?',
    choices: ['All three, ten requests each', 'One', 'Two: one for each direction'],
    answer: 1,
    why: 'The choice is made when a connection is opened, and never again. Session affinity makes it once for each client address instead. A headless Service does not choose at all: its name has the addresses of all pods, and the client takes one.',
    errata: [
      ['A Service spreads requests.', 'It spreads connections.'],
      [
        'Session affinity recognises a user.',
        'It recognises an address, and behind a NAT that is everybody.',
      ],
    ],
    next: 'Watch it while you switch modes: `userspace-proxy lab --open`.',
  },
  'ready-or-not': {
    title: 'Ready, or not ready',
    question: 'All three pods run, but none is ready any more. What does a client get?',
    choices: [
      'The pods answer: they do run',
      'It is refused at once',
      'It waits until one is ready',
    ],
    answer: 1,
    why: 'Endpoints come from the API: what is not ready is left out of the rules at once, though its process runs. Where none is left a rule refuses, so that nobody waits in vain. Where there is no rule at all, a client waits until its patience ends: see experiment 1.',
    errata: [
      [
        'apiVersion: discovery.k8s.io/v1beta1, kind: Endpoint',
        'discovery.k8s.io/v1 has EndpointSlice; the older kind is called Endpoints.',
      ],
      ['topologyKeys keeps traffic near.', 'It is gone; trafficDistribution does that today.'],
      [
        'metadata.name: svc-clusterIP',
        'Names have no capital letters: `userspace-proxy validate` says so.',
      ],
    ],
    next: 'Ask why a pod gets nothing: `userspace-proxy explain NAMESPACE/NAME:PORT`.',
  },
  'a-thousand-services': {
    title: 'And with a thousand Services?',
    question:
      'There are 1,000 other Services, and yours stands last. By how many rules is the first packet of a connection asked in mode iptables?',
    choices: ['As many as without them', 'About 2,000', 'About 20,000'],
    answer: 1,
    why: 'KUBE-SERVICES is a list with two rules for each Service, and the packet walks it until one matches. nftables and ipvs look into a map instead, and that takes the same time for any number. The redirects of mode userspace are a list too; yours stands first in it here, because it was there first. All of this is for the first packet only.',
    errata: [
      [
        'With iptables every packet walks through all rules.',
        'The first one of a connection does. conntrack knows the others.',
      ],
      [
        'ipvs is the answer to thousands of Services.',
        'nftables looks up in a map as well, and ipvs is deprecated since 1.35.',
      ],
    ],
    next: 'What that means in microseconds: `userspace-proxy bench`.',
  },
}

export const en = {
  words: {
    course: 'Ten experiments',
    run: 'Run one:',
    question: 'Question',
    guess: 'Your guess',
    command: 'Command',
    see: 'What you see',
    right: 'Right is {letter}',
    why: 'Why',
    said: 'The article said',
    saw: 'You saw',
    next: 'Try next',
    skipped: 'skipped: {part}: {reason}',
    mode: 'mode {mode}',
    titled: '{title}: {text}',
    paragraph: '**{title}.** {text}',
    prompt: 'a, b or c? ',
    generated:
      'The output on this page was made by running it. Yours has other figures, and the same shape.',
  },
  outcomes: {
    ok: 'answered',
    refused: 'refused',
    timeout: 'timeout',
    unreachable: 'unreachable',
    closed: 'closed',
  },
  seen: {
    counted: '$ {command}: {found}',
    asked: '$ {command}: {outcome}',
    rule: '{rule}',
    noRule: 'no rule: the proxy listens on the ClusterIP itself',
    order: '{count} new requests, answered by: {order}',
    split:
      '{count} requests: {counts}. By chance {low} to {high} each; {percent} % of runs are more uneven',
    outcomes:
      '{count} requests: {ok} answered, {refused} refused, {rest} without an answer, {retried} tried again',
    slowest: 'the slowest answer took {ms} ms',
    sawClient: '{pod} sees {address}: the client itself',
    sawNode: '{pod} sees {address}: the node',
    sawUnknown: '{pod} sees {address}',
    noAnswer: 'no answer: {outcome}',
    connections: 'connections: {connections}; crossings between kernel and programs: {crossings}',
    ruleCounts: 'rules: {all} in all, {own} of this Service; the first packet is asked by {walked}',
    path: 'way: {chains}',
    podKilled: '{pod} is killed, and stays listed and ready',
    podUnplugged: '{pod} is unplugged: nothing answers there any more',
    affinityOn: 'sessionAffinity: ClientIP',
    affinityOff: 'sessionAffinity: None',
    keptAlive: '{count} requests over one connection, answered by: {pods}',
    headless: 'headless: the name has the addresses {addresses}, and the client chooses',
    opened: 'a {protocol} client has {pod}',
    endpointGone: '{pod} is taken out of the endpoints',
    stillOpen: 'the old {protocol} client: {outcome} {pod}',
    afterKill: '{pod} is killed; the old {protocol} client: {outcome}',
    byClusterIP: 'by the ClusterIP, from a pod:',
    byNodePort: 'by the NodePort, from outside:',
    byItself: 'by the ClusterIP, {pod} led to itself:',
    notReady: '{pod} is not ready any more',
    noneReady: 'no pod is ready any more',
    readyAgain: 'all are ready again',
    scale:
      '{services} other Services: {rules} rules, {walked} ask a first packet; {ms} ms to install',
    scaleOfModel: '{services} other Services: {rules} rules, {walked} ask a first packet',
  },
  experiments,
} as const
