/**
 * knownFields: the names of all fields that objects of our kinds may have, also of those that no proxy reads.
 *
 * To tell a misspelt name from one that is none of our business: the API server drops what it does not know, and then
 * `targetPorts` is a target port that was never set. Held by its test to the API of Kubernetes 1.36, as the models of
 * `@kubernetes/client-node` have it; fields that only older versions have are here too.
 *
 * @see kubernetes v1.36 staging/src/k8s.io/api/core/v1/types.go, discovery/v1/types.go, discovery/v1beta1/types.go
 */
import type { ObjectKind } from './objects.ts'

/** By name: `null` for a value or an object whose keys are free (labels). The fields of a list are those of its elements. */
export interface FieldNames {
  readonly [name: string]: FieldNames | null
}

const metadata: FieldNames = {
  ...values(
    'annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers',
  ),
  ...values('generateName generation labels name namespace resourceVersion selfLink uid'),
  managedFields: values('apiVersion fieldsType fieldsV1 manager operation subresource time'),
  ownerReferences: values('apiVersion blockOwnerDeletion controller kind name uid'),
  // Up to 1.15 and 1.24.
  ...values('initializers clusterName'),
}

const object: FieldNames = { ...values('apiVersion kind'), metadata }

const targetRef = values('apiVersion fieldPath kind name namespace resourceVersion uid')

const endpointPort = values('appProtocol name port protocol')

const condition = values('lastTransitionTime message observedGeneration reason status type')

const Service: FieldNames = {
  ...object,
  spec: {
    ports: values('appProtocol name nodePort port protocol targetPort'),
    ...values('allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName'),
    ...values('externalTrafficPolicy healthCheckNodePort internalTrafficPolicy ipFamilies'),
    ...values('ipFamilyPolicy loadBalancerClass loadBalancerIP loadBalancerSourceRanges'),
    ...values('publishNotReadyAddresses selector sessionAffinity trafficDistribution type'),
    sessionAffinityConfig: { clientIP: values('timeoutSeconds') },
    // Up to 1.19 and 1.21.
    ...values('ipFamily topologyKeys'),
  },
  status: {
    conditions: condition,
    loadBalancer: {
      ingress: { ...values('hostname ip ipMode'), ports: values('error port protocol') },
    },
  },
}

const EndpointSlice: FieldNames = {
  ...object,
  addressType: null,
  endpoints: {
    ...values('addresses deprecatedTopology hostname nodeName zone'),
    conditions: values('ready serving terminating'),
    hints: { forNodes: values('name'), forZones: values('name') },
    targetRef,
    // Of v1beta1.
    topology: null,
  },
  ports: endpointPort,
}

const endpointAddress: FieldNames = { ...values('hostname ip nodeName'), targetRef }

const Endpoints: FieldNames = {
  ...object,
  subsets: { addresses: endpointAddress, notReadyAddresses: endpointAddress, ports: endpointPort },
}

const configSource: FieldNames = {
  configMap: values('kubeletConfigKey name namespace resourceVersion uid'),
}

const Node: FieldNames = {
  ...object,
  spec: {
    ...values('externalID podCIDR podCIDRs providerID unschedulable'),
    configSource,
    taints: values('effect key timeAdded value'),
  },
  status: {
    ...values('allocatable capacity declaredFeatures phase volumesInUse'),
    addresses: values('address type'),
    conditions: values('lastHeartbeatTime lastTransitionTime message reason status type'),
    config: {
      ...values('error'),
      active: configSource,
      assigned: configSource,
      lastKnownGood: configSource,
    },
    daemonEndpoints: { kubeletEndpoint: values('Port') },
    features: values('supplementalGroupsPolicy'),
    images: values('names sizeBytes'),
    nodeInfo: {
      ...values('architecture bootID containerRuntimeVersion kernelVersion kubeProxyVersion'),
      ...values('kubeletVersion machineID operatingSystem osImage systemUUID'),
      swap: values('capacity'),
    },
    runtimeHandlers: {
      ...values('name'),
      features: values('recursiveReadOnlyMounts userNamespaces'),
    },
    volumesAttached: values('devicePath name'),
  },
}

/** Of a list, without those of its items. */
const List: FieldNames = {
  ...values('apiVersion kind items'),
  metadata: {
    ...values('continue remainingItemCount resourceVersion selfLink'),
    shardInfo: values('selector'),
  },
}

export const knownFields: Readonly<Record<ObjectKind | 'List', FieldNames>> = {
  Service,
  EndpointSlice,
  Endpoints,
  Node,
  List,
}

function values(names: string): Readonly<Record<string, null>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, null]))
}
