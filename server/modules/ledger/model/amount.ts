const decimals: Readonly<Record<string, { digits: number; unit: string }>> = {
  far: { digits: 18, unit: "FAR" },
  usd: { digits: 6, unit: "USD" },
  vcu: { digits: 4, unit: "VCU" },
};

/** An amount for people: `0.0123 FAR`. Exact, never rounded. */
export function formatAmount(asset: string, amount: bigint): string {
  const { digits, unit } = decimals[asset] ?? { digits: 0, unit: asset };
  const sign = amount < 0n ? "-" : "";
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  const fraction = text.slice(text.length - digits).replace(/0+$/, "");
  return `${sign}${whole}${fraction === "" ? "" : `.${fraction}`} ${unit}`;
}
