import { ChainError, isChainError } from "@farlabs/chain";

/** A read that goes to the RPC past the chain package's actions; its failures become what theirs are. @throws ChainError */
export async function chainCall<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (cause) {
    if (isChainError(cause)) throw cause;
    throw new ChainError("chain_unavailable", "The chain call failed.", { cause });
  }
}
