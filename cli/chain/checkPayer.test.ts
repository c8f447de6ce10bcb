import { createClient } from "@farlabs/sdk";
import { expect, it } from "vitest";
import { checkPayer } from "./checkPayer.ts";

const mine = `0x${"a".repeat(40)}`;
const other = `0x${"b".repeat(40)}`;
const { signal } = new AbortController();
const answering = (status: number, body: unknown) =>
  createClient({
    ...{ baseUrl: "http://127.0.0.1:9", apiKey: "k", retry: { retriesMax: 0 } },
    fetch: () => Promise.resolve(Response.json(body, { status })),
  });
const ofMine = answering(200, { data: [{ asset: "FAR", wallet: mine, available: "0", reserved: "0" }] });

it("lets the account's own wallet pay, and no other", async () => {
  await checkPayer(ofMine, mine.toUpperCase().replace("0X", "0x"), signal);
  await expect(checkPayer(ofMine, other, signal)).rejects.toMatchObject({
    code: "wallet_not_of_account",
    exit: "usage",
  });
});

it("stops at a key that is refused, and at nothing that a network which is down cannot say", async () => {
  const refusal = { error: { code: "invalid_api_key", message: "no", type: "authentication_error" } };
  await expect(checkPayer(answering(401, refusal), other, signal)).rejects.toMatchObject({ status: 401 });
  await checkPayer(answering(503, refusal), other, signal);
});

it("sends nothing after Ctrl-C", async () => {
  await expect(checkPayer(ofMine, mine, AbortSignal.abort())).rejects.toMatchObject({ code: "interrupted" });
});
