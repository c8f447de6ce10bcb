/** What a GPU owner runs, as a library: the CLI starts it, tests and benchmarks connect simulated nodes with it. */
export { type ExamineOptions, examine } from "./doctor/examine.ts";
export type { Finding } from "./doctor/finding.ts";
export {
  type Engine,
  type EngineChunk,
  EngineError,
  type EngineIo,
  type EngineOffer,
  type EngineResult,
  type EngineTask,
} from "./engines/engine.ts";
export { AgentError, type AgentErrorCode, isOptionWrong } from "./errors.ts";
export type { Closed } from "./link/connection.ts";
export { type ConnectNodeOptions, connectNode, type NodeLink, type NodeStatus } from "./link/connectNode.ts";
export type { NodeKey } from "./link/hello.ts";
export type { NodeState } from "./link/work.ts";
export { createLog, type Log, type LogLevel, noLog } from "./log.ts";
export { readMachine } from "./machine/readMachine.ts";
export { loadNodeKey } from "./nodeKey.ts";
export { type Agent, type AgentOptions, startAgent } from "./startAgent.ts";
