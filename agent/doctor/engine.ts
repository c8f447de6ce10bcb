import type { Engine } from "../engines/engine.ts";
import { EngineError } from "../engines/engine.ts";
import { type Finding, fail, ok, reasonOf, warn } from "./finding.ts";

const ASK_MS = 60_000;
const ASK_TOKENS = 16;
/** Fewer tokens a second than this of one stream: callers go elsewhere. */
const SLOW = 5;

/** Asks the engine's first chat model for a few tokens, as the network would. */
async function tryModel(engine: Engine, model: string): Promise<Finding> {
  const startedMs = performance.now();
  let firstMs: number | undefined;
  let text = "";
  const { usage } = await engine.run(
    {
      kind: "chat",
      request: { model, messages: [{ role: "user", content: "Count from one to five." }], max_tokens: ASK_TOKENS },
    },
    {
      signal: AbortSignal.timeout(ASK_MS),
      onChunk(chunk) {
        firstMs ??= performance.now() - startedMs;
        text += chunk.delta.content ?? chunk.delta.reasoning_content ?? "";
        return undefined;
      },
    },
  );
  const tookMs = performance.now() - startedMs;
  if (text === "" || firstMs === undefined)
    return fail("answer", `${model} gave no text`, "Ask the engine itself; an empty answer earns nothing.");
  const speed = (1000 * usage.completionTokens) / tookMs;
  const facts = `${model}: first token after ${Math.round(firstMs)} ms, ${Math.round(speed * 10) / 10} tokens/s`;
  return speed < SLOW
    ? warn("answer", facts, "That is slow: the scheduler prefers faster nodes. Is the model on the GPU?")
    : ok("answer", facts);
}

/** What an engine offers, and whether it answers. */
export async function examineEngine(engine: Engine): Promise<Finding[]> {
  const offer = await engine.describe();
  if (offer.models.length === 0)
    return [
      fail(
        "engine",
        `${offer.name} offers no model`,
        "Is it running, and does GET /v1/models list one? Is --map right?",
      ),
    ];
  const names = offer.models.map(
    (m) => `${m.id} (${m.kinds.join(", ")}; ${m.slots} at once; continues: ${m.continuation})`,
  );
  const found = ok("engine", `${offer.name}: ${names.slice(0, 8).join("; ")}${names.length > 8 ? " …" : ""}`);
  const chat = offer.models.find((m) => m.kinds.includes("chat"));
  if (chat === undefined) return [found];
  try {
    return [found, await tryModel(engine, chat.id)];
  } catch (error) {
    const code = error instanceof EngineError ? error.code : "engine_error";
    return [
      found,
      fail("answer", `${chat.id}: ${code}: ${reasonOf(error)}`, "Ask the engine itself with curl and mend that first."),
    ];
  }
}
