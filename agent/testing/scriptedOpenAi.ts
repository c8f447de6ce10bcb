import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ScriptedRequest {
  path: string;
  body: Record<string, unknown>;
  authorization: string | undefined;
  /** Resolves when the client has closed the connection. */
  closed: Promise<void>;
}
export type Handler = (request: ScriptedRequest, response: ServerResponse) => void | Promise<void>;

/** An OpenAI-compatible server whose every answer the test writes. */
export interface ScriptedOpenAi {
  readonly base: string;
  readonly requests: ScriptedRequest[];
  /** Model names `/models` lists; null = it fails with 500. */
  models: string[] | null;
  /** Answers to the probes at join. */
  probes: {
    chats: boolean;
    tools: boolean;
    json: boolean;
    logprobs: boolean;
    completions: boolean;
    embeddings: boolean;
    continues: "none" | "prefill" | "vllm";
    /** How it scores its input: a word of n letters has log-probability −n/10 and rank n. `shifted` tells scores of some other text. */
    scores: "none" | "vllm" | "echo" | "shifted";
    /** Reports prompt tokens (words; 3 open a turn, 2 close it), and its model is too dull to finish a word. */
    counts: boolean;
  };
  /** Answers to work, once set; probes are recognised by `stream` being absent. */
  handle: Handler;
  close(): Promise<void>;
}

const rests: Record<string, string> = { Wednes: "day Thursday", Mar: "ch April", se: "ven eight" };

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length;

type Message = { role: string; content: string };
const split = (text: string): string[] => text.match(/\s*\S+/g) ?? [];
const sizeOf = (token: string): number => token.trim().length;
/** The words of a rendered chat: marks around each turn, and the head of the next unless the last is left open. */
const rendered = (body: Record<string, unknown>): string[] => [
  "<s>",
  ...((body.messages ?? []) as Message[]).flatMap((m, i, all) => [
    `<${m.role}>`,
    ...split(m.content),
    ...(body.continue_final_message && i === all.length - 1 ? [] : ["</>"]),
  ]),
  ...(body.add_generation_prompt === false ? [] : ["<assistant>"]),
];
const vllmRows = (tokens: string[]) =>
  tokens.map((token, i) =>
    i === 0 ? null : { [i]: { logprob: -sizeOf(token) / 10, rank: sizeOf(token), decoded_token: token } },
  );
function echoRows(tokens: string[]) {
  let at = 0;
  const offsets = tokens.map((token) => {
    at += token.length;
    return at - token.length;
  });
  return {
    tokens,
    text_offset: offsets,
    token_logprobs: tokens.map((token, i) => (i === 0 ? null : -sizeOf(token) / 10)),
    top_logprobs: tokens.map((token, i) =>
      i === 0 ? null : Object.fromEntries(Array.from({ length: sizeOf(token) }, (_, n) => [`w${n}`, -(n + 1) / 10])),
    ),
  };
}
/** The answer with scores of the input, or undefined when this server does not score, or not this. */
function scoredAnswer(path: string, body: Record<string, unknown>, how: string): unknown {
  if (how === "none") return undefined;
  const chat = path === "/chat/completions";
  const tokens = chat ? rendered(body) : split(String(body.prompt));
  const usage = { prompt_tokens: tokens.length };
  if (how === "echo" && body.echo) return { choices: [{ text: "x", logprobs: echoRows(tokens) }], usage };
  if (how === "echo" || body.prompt_logprobs === undefined) return undefined;
  const rows = vllmRows(how === "shifted" ? ["<s>", "other"] : tokens);
  return chat
    ? { choices: [{ message: { content: "x" } }], prompt_logprobs: rows, usage }
    : { choices: [{ text: "x", prompt_logprobs: rows }], usage };
}

export const json = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
};
export const sse = (response: ServerResponse): void => {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
};
export const event = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`;
export const textEvent = (content: string, finish: string | null = null): string =>
  event({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] });

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return text ? (JSON.parse(text) as Record<string, unknown>) : {};
}

export async function startScriptedOpenAi(): Promise<ScriptedOpenAi> {
  const requests: ScriptedRequest[] = [];
  function probe(path: string, body: Record<string, unknown>): [status: number, body: unknown] {
    const { probes } = self;
    if (path === "/models")
      return self.models === null
        ? [500, { error: { message: "down" } }]
        : [200, { data: self.models.map((id) => ({ id })) }];
    const scored = scoredAnswer(path, body, probes.scores);
    if (scored && (path !== "/chat/completions" || probes.chats)) return [200, scored];
    if (path === "/chat/completions" && !probes.chats) return [404, {}];
    const counted = (tokens: number) =>
      probes.counts ? { usage: { prompt_tokens: tokens, completion_tokens: 1 } } : {};
    if (path === "/completions")
      return probes.completions
        ? [200, { choices: [{ text: "x" }], ...counted(words(String(body.prompt))) }]
        : [404, {}];
    if (path === "/embeddings")
      return probes.embeddings ? [200, { data: [{ index: 0, embedding: [1] }] }] : [501, { error: "no" }];
    if ((body.tools && !probes.tools) || (body.response_format && !probes.json))
      return [400, { error: { message: "unsupported" } }];
    const vllm = body.continue_final_message === true;
    if (vllm && probes.continues !== "vllm") return [400, { error: { message: "unknown field" } }];
    const messages = (body.messages ?? []) as Message[];
    const last = messages.at(-1);
    const goesOn = last?.role === "assistant" && (vllm || probes.continues === "prefill");
    const content = goesOn && !probes.counts ? (rests[last.content.split(" ").at(-1) ?? ""] ?? "") : "Monday Tuesday";
    const turns = messages.reduce((sum, m) => sum + 5 + words(m.content), 0);
    const prompt = goesOn ? turns - 2 : turns + 3;
    return [
      200,
      {
        ...counted(prompt),
        choices: [{ message: { content }, logprobs: body.logprobs && probes.logprobs ? { content: [] } : null }],
      },
    ];
  }
  const server = createServer((request, response) => {
    void readBody(request).then(async (body) => {
      const path = (request.url ?? "").replace(/^\/v1/, "");
      if (!body.stream && !(path === "/embeddings" && (body.input as unknown[]).length > 1)) {
        json(response, ...probe(path, body));
        return;
      }
      const closed = new Promise<void>((resolve) => response.on("close", resolve));
      const seen = { path, body, authorization: request.headers.authorization, closed };
      requests.push(seen);
      await self.handle(seen, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const self: ScriptedOpenAi = {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    models: ["m"],
    probes: {
      chats: true,
      tools: true,
      json: true,
      logprobs: true,
      completions: true,
      embeddings: true,
      continues: "none",
      counts: false,
      scores: "none",
    },
    handle: (_request, response) => json(response, 500, {}),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}
