export * from "./protocol.ts";
export { CarapaceError, OperationError, type ClientKind } from "./errors.ts";
export {
  Client,
  type AbortSignalLike, type CallArguments, type CallOptions, type ClientOptions, type Handler, type MethodName, type NotificationName,
  type OnProblem, type Transport,
} from "./client.ts";
export { connect, type ConnectOptions, type Sidecar, type SidecarEvents, type Spawn } from "./sidecar.ts";
export type { RunningOperation } from "./operation.ts";
export {
  createSession,
  type FollowedLog, type OperationLog, type OperationMethod, type Session, type SessionOptions, type Timing,
} from "./session.ts";
export type { SessionState, Snapshot } from "./store.ts";
