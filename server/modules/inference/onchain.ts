import type { Principal } from "#identity";
import { coded } from "#kernel";

/** A confirmed on-chain `createTask`; `open` until it paid for an answer or its time to do so is over. */
export type ReadOnchainTask = (id: string) => Promise<{ wallet: string; open: boolean } | null>;

/** On-chain tasks pay for one request each. */
export function createOnchain(read: ReadOnchainTask) {
  const inUse = new Set<string>();

  async function check(principal: Principal, id: string): Promise<void> {
    const found = await read(id);
    if (found === null || !principal.wallets.includes(found.wallet)) throw coded("onchain_task_unknown");
    if (!found.open) throw coded("onchain_task_used");
  }

  return {
    /**
     * Takes it for one request of this account; {@link release} gives it back. It is taken before it is looked at: who comes while another
     * request runs on it is refused, and who comes after that sees what it paid for.
     * @throws onchain_task_unknown, onchain_task_used
     */
    async take(principal: Principal, id: string): Promise<void> {
      if (inUse.has(id))
        throw coded("onchain_task_used", { message: "This on-chain task pays for a request that still runs." });
      inUse.add(id);
      try {
        await check(principal, id);
      } catch (error) {
        inUse.delete(id);
        throw error;
      }
    },
    release(id: string | undefined): void {
      if (id !== undefined) inUse.delete(id);
    },
  };
}
