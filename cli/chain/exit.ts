import { type FarChain, isChainError } from "@farlabs/chain";
import type { Address } from "viem";
import { CliError } from "../errors.ts";

const TICK_MS = 500;
const sleep = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, TICK_MS));

const isTooEarly = (error: unknown): boolean => isChainError(error) && error.revert?.name === "ExitNotMatured";

/** Pays the exit out; false while the chain's clock, which is that of its newest block, lies behind ours. */
async function tryFinish(chain: FarChain, wallet: Address): Promise<boolean> {
  try {
    await chain.finishExit({ wallet });
    return true;
  } catch (error) {
    if (isTooEarly(error) || (isChainError(error) && error.retryable)) return false;
    // Anyone may finish an exit: it is as good when somebody else did.
    if (isChainError(error) && error.revert?.name === "ExitNotRequested") return true;
    throw error;
  }
}

/**
 * Waits until a requested exit matures, then has it paid.
 * @throws CliError `interrupted`; the exit stays requested and can be finished later
 */
export async function finishWhenMature(
  chain: FarChain,
  options: { wallet: Address; signal: AbortSignal; countdown(leftMs: number): void },
): Promise<void> {
  const { request } = await chain.exitOf({ wallet: options.wallet });
  const maturesAtMs = Number(request?.maturesAtS ?? 0n) * 1_000;
  for (;;) {
    if (options.signal.aborted) {
      throw new CliError("interrupted", "interrupted", {
        message: "The exit stays requested.",
        hint: "far withdraw --exit goes on with it; far withdraw --cancel-exit takes it back.",
      });
    }
    const leftMs = maturesAtMs - Date.now();
    if (leftMs <= 0 && (await tryFinish(chain, options.wallet))) return;
    options.countdown(Math.max(0, leftMs));
    await sleep();
  }
}
