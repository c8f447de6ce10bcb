import type { Command } from "../args/command.ts";

export const GROUPS = ["Local network", "Use it", "Money", "Give a GPU", "Run a network"] as const;

export interface CommandRow {
  name: string;
  group: (typeof GROUPS)[number];
  summary: string;
  /** Loaded when it runs, so that `far help` needs nothing of the rest. */
  load(): Promise<Command>;
}

/** Every command, in the order that help shows. */
export const COMMANDS: readonly CommandRow[] = [
  {
    name: "up",
    group: "Local network",
    summary: "start a whole network on this machine",
    load: async () => (await import("./up.ts")).up,
  },
  {
    name: "down",
    group: "Local network",
    summary: "stop it",
    load: async () => (await import("./down.ts")).down,
  },
  {
    name: "status",
    group: "Local network",
    summary: "its parts, models and balances",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "test",
    group: "Local network",
    summary: "check and test everything",
    load: async () => (await import("./test.ts")).test,
  },
  {
    name: "bench",
    group: "Local network",
    summary: "measure its speed",
    load: async () => (await import("./bench.ts")).bench,
  },
  { name: "chat", group: "Use it", summary: "ask a model", load: async () => (await import("./chat.ts")).chat },
  {
    name: "models",
    group: "Use it",
    summary: "what can answer now",
    load: async () => (await import("./models.ts")).models,
  },
  {
    name: "tasks list",
    group: "Use it",
    summary: "what you asked, and what it cost",
    load: async () => (await import("./tasks/list.ts")).list,
  },
  {
    name: "tasks show",
    group: "Use it",
    summary: "why a task was slow, charged, refused",
    load: async () => (await import("./tasks/show.ts")).show,
  },
  {
    name: "tasks cancel",
    group: "Use it",
    summary: "stop a task",
    load: async () => (await import("./tasks/cancel.ts")).cancel,
  },
  {
    name: "login",
    group: "Use it",
    summary: "sign in with a wallet",
    load: async () => (await import("./login.ts")).login,
  },
  {
    name: "keys create",
    group: "Use it",
    summary: "make an API key",
    load: async () => (await import("./keys/create.ts")).create,
  },
  {
    name: "keys list",
    group: "Use it",
    summary: "your API keys",
    load: async () => (await import("./keys/list.ts")).list,
  },
  {
    name: "keys revoke",
    group: "Use it",
    summary: "end an API key",
    load: async () => (await import("./keys/revoke.ts")).revoke,
  },
  {
    name: "balance",
    group: "Money",
    summary: "what can be spent",
    load: async () => (await import("./balance.ts")).balance,
  },
  {
    name: "deposit",
    group: "Money",
    summary: "pay FAR into the escrow",
    load: async () => (await import("./deposit.ts")).deposit,
  },
  {
    name: "withdraw",
    group: "Money",
    summary: "take your FAR out of the escrow",
    load: async () => (await import("./withdraw.ts")).withdraw,
  },
  {
    name: "stake",
    group: "Money",
    summary: "stake FAR for a share of the revenue",
    load: async () => (await import("./stake.ts")).stake,
  },
  {
    name: "unstake",
    group: "Money",
    summary: "your stakes, and taking one back",
    load: async () => (await import("./unstake.ts")).unstake,
  },
  {
    name: "claim",
    group: "Money",
    summary: "have earnings and rewards paid out",
    load: async () => (await import("./claim.ts")).claim,
  },
  {
    name: "revenue",
    group: "Money",
    summary: "what the network brought, and who got it",
    load: async () => (await import("./revenue.ts")).revenue,
  },
  {
    name: "receipts list",
    group: "Money",
    summary: "what every task was charged for",
    load: async () => (await import("./receipts/list.ts")).list,
  },
  {
    name: "receipts show",
    group: "Money",
    summary: "one receipt",
    load: async () => (await import("./receipts/show.ts")).show,
  },
  {
    name: "receipts verify",
    group: "Money",
    summary: "check a receipt, offline or with the chain",
    load: async () => (await import("./receipts/verify.ts")).verify,
  },
  {
    name: "node start",
    group: "Give a GPU",
    summary: "serve a model of this machine to a network",
    load: async () => (await import("./node/start.ts")).start,
  },
  {
    name: "node token",
    group: "Give a GPU",
    summary: "a token with which agents join for you",
    load: async () => (await import("./node/token.ts")).token,
  },
  {
    name: "node status",
    group: "Give a GPU",
    summary: "your nodes and what they earned",
    load: async () => (await import("./node/status.ts")).status,
  },
  {
    name: "node stake",
    group: "Give a GPU",
    summary: "stake FAR for a node, so that it may take more and is paid at once",
    load: async () => (await import("./node/stake.ts")).nodeStake,
  },
  {
    name: "node unstake",
    group: "Give a GPU",
    summary: "take a node's stake back",
    load: async () => (await import("./node/unstake.ts")).nodeUnstake,
  },
  {
    name: "node doctor",
    group: "Give a GPU",
    summary: "what a node needs before it joins: driver, engine, clock, line",
    load: async () => (await import("./node/doctor.ts")).doctor,
  },
  {
    name: "node earnings",
    group: "Give a GPU",
    summary: "what a node earned, how that stands, and why not more",
    load: async () => (await import("./node/earnings.ts")).earnings,
  },
  {
    name: "node estimate",
    group: "Give a GPU",
    summary: "what a GPU would earn at present demand",
    load: async () => (await import("./node/estimate.ts")).estimate,
  },
  {
    name: "node service",
    group: "Give a GPU",
    summary: "a systemd unit that keeps the agent running",
    load: async () => (await import("./node/service.ts")).service,
  },
  {
    name: "node pause",
    group: "Give a GPU",
    summary: "let your nodes finish and take nothing new",
    load: async () => (await import("./node/pause.ts")).pause,
  },
  {
    name: "node resume",
    group: "Give a GPU",
    summary: "let them take work again",
    load: async () => (await import("./node/pause.ts")).resume,
  },
  {
    name: "admin audit",
    group: "Run a network",
    summary: "check every invariant of money and tasks",
    load: async () => (await import("./admin/audit.ts")).audit,
  },
  {
    name: "admin findings list",
    group: "Run a network",
    summary: "what settlement found that should not be",
    load: async () => (await import("./admin/findings.ts")).list,
  },
  {
    name: "admin findings resolve",
    group: "Run a network",
    summary: "close one, and say why",
    load: async () => (await import("./admin/findings.ts")).resolve,
  },
  {
    name: "admin create",
    group: "Run a network",
    summary: "make a new admin token for this clone's network",
    load: async () => (await import("./admin/create.ts")).create,
  },
];
