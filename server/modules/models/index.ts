export { createModels, type ModelsDeps } from "./catalogue.ts";
export { type ModelsConfig, modelsConfig } from "./config.ts";
export { modelErrors } from "./errors.ts";
export type { Model, Models, PriceStatus, Rate } from "./models.ts";
export type { FeedRound } from "./price/guard.ts";
export { readFeed } from "./price/readFeed.ts";
export { loadManifest, plainText, type TextTokenizer } from "./tokenizer.ts";
