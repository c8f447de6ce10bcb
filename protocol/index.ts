/** What server, agent, SDK and web say to each other. Schemas are the source; types follow from them. */
export * from "./frames.ts";
export * from "./native.ts";
export * from "./openai.ts";
export * from "./proofs.ts";
export * from "./realtime.ts";
export * from "./receipts.ts";
export * from "./staking.ts";
export * from "./wire-error.ts";
export * from "./withdrawals.ts";
