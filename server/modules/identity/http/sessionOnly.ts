/** Routes that decide who may come in. Only wallet-signed sessions ever hold the scope `keys`, so no leaked API key can make another. */
export const ACCOUNT_OF = { scope: "keys" } as const;
