import { joinTokenRequest, type NodeRegisterResponse, nodeRegisterRequest } from "@farlabs/protocol";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Principal } from "#identity";
import { coded } from "#kernel";
import { parse, type RouteArea } from "#platform/http";
import type { Nodes } from "../nodes.ts";

const listQuery = z.strictObject({
  cursor: z.string().max(256).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
});
type ById = { Params: { id: string } };

/** `/api/v1/nodes`: what an owner sees and switches. */
export function nodesArea(nodes: Nodes): RouteArea {
  function ownWallet(principal: Principal, asked: string | undefined): string {
    const wallet = (asked ?? principal.wallets[0])?.toLowerCase();
    if (wallet === undefined)
      throw coded("invalid_request", { message: "The account has no wallet to pay to.", param: "owner_wallet" });
    // Earnings go where the account can prove it owns; a typo would pay a stranger.
    if (!principal.wallets.includes(wallet))
      throw coded("invalid_request", { message: "The wallet is not one of this account's.", param: "owner_wallet" });
    return wallet;
  }

  function register(app: FastifyInstance): void {
    app.post(
      "/register",
      {
        config: {
          scope: "nodes",
          schema: { summary: "Register a node and get its join token", body: nodeRegisterRequest },
        },
      },
      async (request) => {
        const body = parse(nodeRegisterRequest, request.body);
        const wallet = ownWallet(request.principal, body.wallet_address);
        const made = await nodes.register(request.principal.accountId, {
          wallet,
          gpuModel: body.gpu_model,
          vramGb: body.vram,
          bandwidthMbps: body.bandwidth,
        });
        return {
          node_id: made.nodeId,
          status: "registered",
          supported_models: made.supportedModels,
          join_token: made.joinToken,
        } satisfies NodeRegisterResponse;
      },
    );
    app.post(
      "/join-tokens",
      {
        config: {
          scope: "nodes",
          schema: { summary: "A token with which agents join for this account", body: joinTokenRequest },
        },
      },
      async (request) => {
        const body = parse(joinTokenRequest, request.body ?? {});
        const owner = ownWallet(request.principal, body.owner_wallet);
        const made = await nodes.createJoinToken(request.principal.accountId, owner, body.name);
        return { id: made.id, join_token: made.token, owner_wallet: owner };
      },
    );
    app.delete<ById>(
      "/join-tokens/:id",
      { config: { scope: "nodes", schema: { summary: "Revoke a join token" } } },
      async (request, reply) => {
        await nodes.revokeJoinToken(request.principal.accountId, request.params.id);
        return reply.code(204).send();
      },
    );
    app.get(
      "/",
      { config: { scope: "nodes", schema: { summary: "Nodes of this account", query: listQuery } } },
      async (request) => {
        const { cursor, limit } = parse(listQuery, request.query);
        const page = await nodes.list(request.principal.accountId, {
          limit,
          ...(cursor === undefined ? {} : { cursor }),
        });
        return { data: page.data, next_cursor: page.nextCursor };
      },
    );
    app.get("/stats", { config: { scope: "public", schema: { summary: "Totals over all nodes" } } }, async () => {
      const t = await nodes.totals();
      return { total_nodes: t.totalNodes, total_vram_gb: t.totalVramGb, average_node_score: t.averageScore };
    });
    app.get<ById>("/:id/status", { config: { scope: "nodes", schema: { summary: "One node" } } }, (request) =>
      nodes.info(request.principal.accountId, request.params.id),
    );
    app.get<ById>(
      "/:id/metrics",
      { config: { scope: "nodes", schema: { summary: "Telemetry of one node" } } },
      async (request) => {
        const info = await nodes.info(request.principal.accountId, request.params.id);
        return { node_id: info.node_id, status: info.status, slots: info.slots, metrics: info.metrics };
      },
    );
    const command =
      (state: "drain" | "maintenance" | "online") =>
      async (request: FastifyRequest<ById>): Promise<{ node_id: string; state: string }> => {
        await nodes.command(request.principal.accountId, request.params.id, state);
        return { node_id: request.params.id, state };
      };
    app.post<ById>(
      "/:id/drain",
      { config: { scope: "nodes", schema: { summary: "Finish what runs, take nothing new" } } },
      command("drain"),
    );
    app.post<ById>(
      "/:id/maintenance",
      { config: { scope: "nodes", schema: { summary: "Stay connected without work" } } },
      command("maintenance"),
    );
    app.post<ById>(
      "/:id/online",
      { config: { scope: "nodes", schema: { summary: "Take work again" } } },
      command("online"),
    );
  }
  return { area: "nodes", prefix: "/api/v1/nodes", register };
}
