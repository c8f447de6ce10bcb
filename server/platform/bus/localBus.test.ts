import { busConformance } from "./conformance.ts";
import { createLocalBus } from "./localBus.ts";

busConformance("in this process", async (onError) => createLocalBus({ onError }));
