import { siweVerifyRequest } from "@farlabs/protocol";
import type { FastifyInstance } from "fastify";
import { parse } from "#platform/http";
import type { Identity } from "../identity.ts";

/** Wallets of the caller's account; a new one is proved as at sign-in, with a nonce of its own. */
export function mountWallets(app: FastifyInstance, identity: Identity): void {
  app.get(
    "/wallets",
    { config: { scope: "read", schema: { summary: "Wallets, primary first" } } },
    async (request) => ({
      data: (await identity.account(request.principal.accountId))?.wallets ?? [],
      next_cursor: null,
    }),
  );
  app.post(
    "/wallets",
    {
      config: { scope: "wallets", schema: { summary: "Add a wallet by its signed message", body: siweVerifyRequest } },
    },
    async (request) => {
      const { message, signature } = parse(siweVerifyRequest, request.body);
      return { data: await identity.addWallet(request.principal.accountId, message, signature), next_cursor: null };
    },
  );
  app.delete<{ Params: { address: string } }>(
    "/wallets/:address",
    { config: { scope: "wallets", schema: { summary: "Remove a wallet; one stays" } } },
    async (request) => ({
      data: await identity.removeWallet(request.principal.accountId, request.params.address),
      next_cursor: null,
    }),
  );
}
