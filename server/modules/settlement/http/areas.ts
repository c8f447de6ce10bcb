import "../errors.ts";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { coded } from "#kernel";
import { parse, type RouteArea } from "#platform/http";
import type { Settlement } from "../settlement.ts";

const epochParams = z.strictObject({ n: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER) });
const payeeParams = epochParams.extend({ address: z.string().regex(/^0x[0-9a-fA-F]{40}$/) });

type NetworkVerbs = Pick<Settlement, "solvency" | "epoch" | "epochFile" | "payeeProof">;

function mountEpochs(app: FastifyInstance, settlement: NetworkVerbs): void {
  const epoch = { summary: "Totals of one epoch" };
  app.get("/epochs/:n", { config: { scope: "public", schema: epoch } }, async (request) => {
    const info = await settlement.epoch(parse(epochParams, request.params).n);
    if (info === null) throw coded("epoch_not_found");
    return info;
  });
  const file = { summary: "A settled epoch's public file: leaf hashes and sums, from which its roots rebuild" };
  app.get("/epochs/:n/file", { config: { scope: "public", schema: file } }, async (request, reply) => {
    const { n } = parse(epochParams, request.params);
    const text = await settlement.epochFile(n);
    // The bytes never change, so nobody needs to ask twice.
    return reply
      .type("application/json")
      .header("cache-control", "public, max-age=31536000, immutable")
      .header("content-disposition", `attachment; filename="epoch-${n}.json"`)
      .send(text);
  });
  const payee = { summary: "A payee's proof under an epoch's payees root" };
  app.get("/epochs/:n/payees/:address", { config: { scope: "public", schema: payee } }, (request) => {
    const { n, address } = parse(payeeParams, request.params);
    return settlement.payeeProof(n, address);
  });
}

/** `/api/v1/network`: what anybody may see. */
export function networkArea(settlement: NetworkVerbs): RouteArea {
  return {
    area: "settlement",
    prefix: "/api/v1/network",
    register(app: FastifyInstance) {
      const solvency = { summary: "Ledger and escrow contract, reconciled" };
      app.get("/solvency", { config: { scope: "public", schema: solvency } }, () => settlement.solvency());
      mountEpochs(app, settlement);
    },
  };
}
