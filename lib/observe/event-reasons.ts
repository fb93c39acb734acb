/** The reasons of the Events that a cluster is told, with the sentence that lib/README.md repeats. */
export const eventReasons = Object.freeze({
  Starting: 'Node: its Services are served from now on.',
  PortTaken: 'Service: another process has its node port or portal; it is tried again.',
  NoRights: 'Service or Node: a right is missing, to listen or to change rules and routes.',
  FailedToListen: 'Service: its node port or portal cannot be listened on for another reason.',
  FailedToStartServiceHealthcheck: 'Service: its healthCheckNodePort cannot be listened on.',
  NodePortInEphemeralRange: 'Service: any outgoing connection may take its node port.',
  EndpointRefused: 'Service: an endpoint is never dialled because of its address, or would loop.',
})

export type EventReason = keyof typeof eventReasons
