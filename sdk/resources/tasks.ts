import type { Page, Task, TaskStatus } from "@farlabs/protocol";
import { errorInBody } from "../transport/apiError.ts";
import { type SseEvent, sseEvents } from "../transport/sse.ts";
import type { CallOptions, Transport } from "../transport/transport.ts";

export interface TaskSubmitParams {
  model: string;
  /** Either messages or prompt. */
  messages?: { role: "system" | "user" | "assistant"; content: string }[];
  prompt?: string;
  max_tokens?: number;
  temperature?: number;
  seed?: number;
}
/** A task that was admitted. `quote` is the reserved maximum, wei. */
export interface SubmittedTask {
  task_id: string;
  status: TaskStatus;
  quote: string;
}
export interface PageParams {
  cursor?: string;
  /** At most 100. */
  limit?: number;
}
export interface TaskEvent {
  event: string;
  /** Parsed JSON where it is JSON. */
  data: unknown;
}

/** `/api/v1/tasks`: work that outlives the connection that asked for it. */
export interface Tasks {
  submit(params: TaskSubmitParams, options?: CallOptions): Promise<SubmittedTask>;
  /** @throws FarApiError not_found (404), also for a task of somebody else */
  get(taskId: string, options?: CallOptions): Promise<Task>;
  list(page?: PageParams, options?: CallOptions): Promise<Page<Task>>;
  /** Stops it; what was delivered is charged. */
  cancel(taskId: string, options?: CallOptions): Promise<{ task_id: string; status: TaskStatus }>;
  /** `status`, `token` and at last `end` (the whole task) as they happen, from the present state on. */
  events(taskId: string, options?: CallOptions): AsyncIterable<TaskEvent>;
}

function parsed({ data }: SseEvent): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

async function* events(
  transport: Transport,
  taskId: string,
  options: CallOptions,
): AsyncGenerator<TaskEvent, void, void> {
  const response = await transport.send({
    ...options,
    method: "GET",
    path: `/api/v1/tasks/${encodeURIComponent(taskId)}/events`,
    headers: { ...options.headers, accept: "text/event-stream" },
  });
  if (response.body === null) return;
  for await (const event of sseEvents(response.body)) {
    if (event.data === "[DONE]") return;
    const data = parsed(event);
    const error = event.event === "error" ? errorInBody(data, response) : null;
    if (error !== null) throw error;
    yield { event: event.event, data };
  }
}

export function createTasks(transport: Transport): Tasks {
  const at = (taskId: string): string => `/api/v1/tasks/${encodeURIComponent(taskId)}`;
  return {
    submit: async (body, options) =>
      (await transport.json<SubmittedTask>({ ...options, method: "POST", path: "/api/v1/tasks/submit", body })).body,
    get: async (taskId, options) => (await transport.json<Task>({ ...options, method: "GET", path: at(taskId) })).body,
    list: async (page, options) =>
      (await transport.json<Page<Task>>({ ...options, method: "GET", path: "/api/v1/tasks", query: { ...page } })).body,
    cancel: async (taskId, options) =>
      (
        await transport.json<{ task_id: string; status: TaskStatus }>({
          ...options,
          method: "POST",
          path: `${at(taskId)}/cancel`,
        })
      ).body,
    events: (taskId, options = {}) => events(transport, taskId, options),
  };
}
