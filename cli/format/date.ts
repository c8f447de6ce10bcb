/** `2026-02-19 14:30 UTC`. */
export const formatDate = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** `2026-02-19 14:30:05 UTC`. */
export const formatTime = (atMs: number): string =>
  `${new Date(atMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** Seconds since 1970, as the chain has them. */
export const formatChainDate = (atS: bigint): string => formatDate(Number(atS) * 1_000);
