import { z } from "zod";

/** Whole FAR in the environment, wei inside. */
const far = (fallback: string) =>
  z
    .string()
    .regex(/^\d{1,9}(\.\d{1,18})?$/, "must be an amount of FAR")
    .default(fallback)
    .transform((text) => {
      const [whole = "0", part = ""] = text.split(".");
      return BigInt(whole) * 10n ** 18n + BigInt(part.padEnd(18, "0"));
    });
const count = (fallback: number, min = 1) => z.coerce.number().int().min(min).default(fallback);

export const trustConfig = z.object({
  /** Decided checks until which every task of a node is checked. */
  TRUST_NEW_CHECKS: count(20),
  /** Lowest share of tasks that are checked, 0.01 … 0.05. */
  TRUST_SAMPLE_FLOOR: z.coerce.number().min(0.01).max(0.05).default(0.02),
  /** What the treasury pays for checks of one owner's nodes in an hour, FAR. */
  TRUST_BUDGET_FAR: far("1"),
  /** What the treasury pays for all checks together in an hour, FAR. */
  TRUST_BUDGET_ALL_FAR: far("100"),
  /** Mean time between canaries to one model of one node, seconds. */
  TRUST_CANARY_S: count(600),
  /** Share of a registered node's stake that a slash asks for, basis points; of a node that earns in it asks for all. */
  TRUST_SLASH_BPS: z.coerce.number().int().min(1).max(10_000).default(1_000),
  /** Checks at checkers at the same time. */
  TRUST_CHECKS_AT_ONCE: count(8),
});
export type TrustConfig = z.infer<typeof trustConfig>;
