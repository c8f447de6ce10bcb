export { createModels, type ModelsDeps } from "./catalogue.ts";
export { type ModelsConfig, modelsConfig } from "./config.ts";
export { modelErrors } from "./errors.ts";
export type { Model, Models, Rate } from "./models.ts";
export { loadManifest, plainText, type TextTokenizer } from "./tokenizer.ts";
