/**
 * TraceEvent: one thing that the kernel has said of a packet on its way through its rules. Types only.
 */
export interface TraceEvent {
  /** `nat`, `filter`; with nftables the name of the table. */
  readonly table: string
  readonly chain: string
  /** As the mode's tool prints it; '' where the end of a chain decided. */
  readonly rule: string
  /** `address:port`, as the packet was when it came to this hook. */
  readonly source: string
  readonly destination: string
}
