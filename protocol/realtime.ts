/** Socket.IO events. Client → server subscriptions are acknowledged with `{ok:true}` or `{ok:false, error}`. */
export interface ClientEvents {
  "subscribe:inference": (taskId: string, ack?: (a: SubscribeAck) => void) => void;
  "subscribe:node": (nodeId: string, ack?: (a: SubscribeAck) => void) => void;
  "subscribe:revenue": (ack?: (a: SubscribeAck) => void) => void;
  "subscribe:network": (ack?: (a: SubscribeAck) => void) => void;
}
export type SubscribeAck = { ok: true } | { ok: false; error: { code: string; message: string } };
export type TaskStatus = "pending" | "assigned" | "in_progress" | "completed" | "failed" | "cancelled";
export type NodeStatus = "online" | "offline" | "maintenance";

export interface ServerEvents {
  "task:status": (e: { task_id: string; status: TaskStatus; error?: string }) => void;
  "inference:token": (e: { task_id: string; index: number; text: string }) => void;
  task_update: (e: {
    task_id: string;
    status: TaskStatus;
    progress: number;
    estimated_completion: string | null;
  }) => void;
  "node:status": (e: { node_id: string; status: NodeStatus }) => void;
  "node:metrics": (e: { node_id: string; metrics: Record<string, number> }) => void;
  node_status: (e: { node_id: string; status: NodeStatus; performance_metrics: Record<string, number> }) => void;
  "revenue:update": (e: { account: string; asset: string; amount: string; source: string }) => void;
  network_stats: (e: { active_nodes: number; pending_tasks: number; throughput: number }) => void;
}
