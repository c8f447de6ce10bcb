export { type NodelinkConfig, nodelinkConfig } from "./config.ts";
export { createNodelink, type NodeFrames } from "./nodelink.ts";
