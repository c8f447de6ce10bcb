import { type Auth, createAuth } from "./resources/auth.ts";
import { type Balances, createBalances } from "./resources/balance.ts";
import { type Chat, createChat } from "./resources/chat.ts";
import { type Completions, createCompletions } from "./resources/completions.ts";
import { createEmbeddings, type Embeddings } from "./resources/embeddings.ts";
import { createInference, type Inference } from "./resources/inferenceNative.ts";
import { createKeys, type Keys } from "./resources/keys.ts";
import { createModels, type Models } from "./resources/models.ts";
import { createNetwork, type Network } from "./resources/network.ts";
import { createNodes, type Nodes } from "./resources/nodes.ts";
import { createRevenue, type Revenue } from "./resources/revenue.ts";
import { createStaking, type Staking } from "./resources/staking.ts";
import { createTasks, type Tasks } from "./resources/tasks.ts";
import { createWithdrawals, type Withdrawals } from "./resources/withdrawals.ts";
import { parseBaseUrl } from "./transport/baseUrl.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./transport/retry.ts";
import { type CallRequest, createTransport } from "./transport/transport.ts";

export interface ClientOptions {
  /** The network's URL, with or without `/v1`. Plain `http:` only to this machine. */
  baseUrl: string;
  /** `far_live_…` or `far_test_…`. */
  apiKey?: string;
  /** A session's token instead of a key, or what fetches a fresh one. */
  accessToken?: string | (() => Promise<string>);
  /** Default: the platform's. */
  fetch?: typeof fetch;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** Default: 2 retries, from 0.5 s, capped at 8 s. `{ retriesMax: 0 }` turns them off. */
  retry?: Partial<RetryPolicy>;
  /** Until an answer begins. Default 10 min, as long as a slow answer that is not streamed may take. */
  timeoutMs?: number;
}

export interface FarClient {
  readonly baseUrl: string;
  chat: Chat;
  completions: Completions;
  embeddings: Embeddings;
  models: Models;
  inference: Inference;
  tasks: Tasks;
  nodes: Nodes;
  network: Network;
  keys: Keys;
  balances: Balances;
  withdrawals: Withdrawals;
  staking: Staking;
  revenue: Revenue;
  auth: Auth;
  /** Any other endpoint, with the same errors, retries and idempotency. @throws FarApiError */
  request<T>(request: CallRequest): Promise<T>;
}

function authorizationOf({ apiKey, accessToken }: ClientOptions): () => Promise<string | null> {
  return async () => {
    const token = typeof accessToken === "function" ? await accessToken() : (accessToken ?? apiKey);
    return token === undefined ? null : `Bearer ${token}`;
  };
}

/**
 * A client of one network. Opens no connection.
 * @throws FarApiError `invalid_url`, `insecure_url`
 * @example
 * const far = createClient({ baseUrl: "http://127.0.0.1:8080", apiKey });
 * const stream = await far.chat.completions.create({ model: "far-mini", messages, stream: true });
 * for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? "");
 */
export function createClient(options: ClientOptions): FarClient {
  const transport = createTransport({
    baseUrl: parseBaseUrl(options.baseUrl),
    authorization: authorizationOf(options),
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    headers: options.headers ?? {},
    retry: { ...defaultRetryPolicy, ...options.retry },
    timeoutMs: options.timeoutMs ?? 600_000,
  });
  return {
    baseUrl: transport.baseUrl,
    chat: createChat(transport),
    completions: createCompletions(transport),
    embeddings: createEmbeddings(transport),
    models: createModels(transport),
    inference: createInference(transport),
    tasks: createTasks(transport),
    nodes: createNodes(transport),
    network: createNetwork(transport),
    keys: createKeys(transport),
    balances: createBalances(transport),
    withdrawals: createWithdrawals(transport),
    staking: createStaking(transport),
    revenue: createRevenue(transport),
    auth: createAuth(transport),
    request: async <T>(request: CallRequest) => (await transport.json<T>(request)).body,
  };
}
