import { CliError } from "../errors.ts";

const DECIMALS = 18;
const FAR_PATTERN = /^(\d{1,10})(?:\.(\d{1,18}))?$/;

/** `12.5` → 12 500 000 000 000 000 000 wei. @throws CliError `invalid_amount` */
export function parseFar(text: string): bigint {
  const match = FAR_PATTERN.exec(text);
  if (match === null) {
    const message = `"${text}" is not an amount of FAR. Write it like 100 or 0.25, with at most 18 decimals.`;
    throw new CliError("usage", "invalid_amount", { message });
  }
  return BigInt((match[1] ?? "") + (match[2] ?? "").padEnd(DECIMALS, "0"));
}

/** An amount that is to move. @throws CliError `invalid_amount` for none too */
export function parseAmount(text: string): bigint {
  const amountWei = parseFar(text);
  if (amountWei > 0n) return amountWei;
  throw new CliError("usage", "invalid_amount", { message: "The amount must be more than 0 FAR." });
}

/** Wei → `1,234.5`: at most `decimalsMax` decimals, cut, never rounded up, so that what is shown is there. */
export function formatFar(amountWei: bigint, decimalsMax = 6): string {
  const digits = (amountWei < 0n ? -amountWei : amountWei).toString().padStart(DECIMALS + 1, "0");
  const whole = digits.slice(0, -DECIMALS).replace(/\B(?=(\d{3})+$)/g, ",");
  const fraction = digits.slice(-DECIMALS).slice(0, decimalsMax).replace(/0+$/, "");
  const isTiny = fraction === "" && whole === "0" && amountWei !== 0n;
  if (isTiny) return `${amountWei < 0n ? "-" : ""}<0.${"0".repeat(decimalsMax - 1)}1`.replace("-<", "-<");
  return `${amountWei < 0n ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
}

/** Units of 10⁻⁴ VCU → `1,234.5`, exactly. */
export const formatVcu = (units: bigint): string => formatFar(units * 10n ** 14n);

/** A charge, which is small: twelve decimals. */
export const formatCharge = (amountWei: bigint): string => formatFar(amountWei, 12);

/** What was paid, in the smallest unit of what it was paid in. */
export const paidText = (asset: "FAR" | "VCU", amount: bigint): string =>
  asset === "VCU" ? `${formatVcu(amount)} VCU` : `${formatCharge(amount)} FAR`;
