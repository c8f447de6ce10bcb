import { hash } from "node:crypto";
import type { FundsPart, Transfer } from "../ledger.ts";

/** 128 bits of SHA-256, hex; tells the replay of a request from other contents under its id. Nobody gains by a collision of his own. */
const digest = (text: string): string => hash("sha256", text, "hex").slice(0, 32);

/** The expiry is left out: a retry of the same request comes later and names a later one. */
export function digestOfPart(part: FundsPart): string {
  let text: string = part.kind;
  if (part.kind === "reserve") {
    for (const leg of part.legs) text += `\n${leg.account}\t${leg.amount}\t${leg.amountMin ?? ""}`;
    if (part.otherwise !== undefined)
      for (const leg of part.otherwise) text += `\n\t${leg.account}\t${leg.amount}\t${leg.amountMin ?? ""}`;
  } else if (part.kind === "post") {
    for (const leg of part.legs) {
      text += `\n${leg.account}`;
      for (const to of leg.to) text += `\t${to.account}\t${to.amount}`;
    }
  }
  return digest(text);
}

export const digestOfSet = (transfers: readonly Transfer[]): string =>
  digest(transfers.map((t) => `${t.id}\t${t.debit}\t${t.credit}\t${t.amount}\t${t.kind}`).join("\n"));
