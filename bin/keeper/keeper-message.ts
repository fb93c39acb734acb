/**
 * KeeperMessage: what the keeper and a daemon that it keeps say to each other. Plain data.
 *
 *     new daemon ── hello ──────► keeper
 *                                 keeper ── describe ───► old daemon
 *                                 keeper ◄── ports ────── old daemon
 *     new daemon ◄── start ────── keeper
 *     new daemon ── listening ──► keeper                             both accept; clients of the new one wait
 *                                 keeper ── hand-over ──► old daemon
 *                                 keeper ◄── handed-over  old daemon accepts no more, its connections go on
 *     new daemon ◄── take-over ── keeper                             who has waited is let in
 */
import type { LateReply, SharedPortsState, SocketPins } from '../../lib/index.ts'

export type KeeperMessage =
  | { readonly type: 'hello' }
  | { readonly type: 'describe' }
  /** The answer; also said unasked where listeners have changed. */
  | { readonly type: 'ports'; readonly ports: SharedPortsState }
  | {
      readonly type: 'start'
      /** Of the daemon before; where that has crashed, what it said last. */
      readonly former: SharedPortsState | undefined
      /** Whether that serves still, and will hand over. */
      readonly isSuccessor: boolean
    }
  | { readonly type: 'listening'; readonly ports: SharedPortsState }
  | { readonly type: 'hand-over' }
  | { readonly type: 'handed-over'; readonly pins: readonly SocketPins[] }
  /** From a daemon that has handed over to the one that serves. */
  | { readonly type: 'late-reply'; readonly reply: LateReply }
  | { readonly type: 'take-over'; readonly pins: readonly SocketPins[] }

/** The one of a type. */
export type KeeperMessageOf<Type extends KeeperMessage['type']> = Extract<
  KeeperMessage,
  { readonly type: Type }
>
