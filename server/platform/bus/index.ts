export type { Bus, Channels } from "./bus.ts";
export { createLocalBus, type LocalBusOptions } from "./localBus.ts";
