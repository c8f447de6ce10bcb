import { isChainError, type Mined } from "@farlabs/chain";
import { CliError } from "../errors.ts";
import type { Terminal } from "../terminal/terminal.ts";

/**
 * Sends a transaction and says so. An answer that was lost is told as what it is: nobody knows whether the chain has it, and sending it again
 * could do it twice.
 * @throws ChainError when the contract refuses; CliError `outcome_unknown`
 */
export async function sendKnown(
  terminal: Terminal,
  what: { doing: string; look: string; send(): Promise<Mined> },
): Promise<Mined> {
  terminal.note(terminal.noteStyle.dim(`${what.doing} …`));
  try {
    return await what.send();
  } catch (error) {
    if (!isChainError(error) || !error.retryable) throw error;
    throw new CliError("unreachable", "outcome_unknown", {
      message: "The chain's answer was lost: the transaction may have been carried out, or may be still.",
      hint: `${what.look} shows whether it was. Look before you send it again.`,
      cause: error,
    });
  }
}
