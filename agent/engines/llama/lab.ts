/** For measurements, which ask the embedded engine without a network, and take its steps one by one. */
export type { Engine } from "../engine.ts";
export { createLlamaEngine } from "../llama.ts";
export { chooseToken, penalise } from "./chooseToken.ts";
export { loadLlama } from "./loadLlama.ts";
export { drawsAt } from "./random.ts";
export { createSlot, type Scores, type Slot } from "./slot.ts";
