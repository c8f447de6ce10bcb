import type { FastifyRequest } from "fastify";
import { coded } from "#kernel";
import type { SubmitOptions } from "../inference.ts";

const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** What a caller may say in headers beside an OpenAI body. @throws invalid_request */
export function callerOptions(request: FastifyRequest): Pick<SubmitOptions, "wallet" | "region"> {
  const asset = one(request.headers["x-far-pay-with"]);
  if (asset !== undefined && asset.toUpperCase() !== "FAR") {
    throw coded("invalid_request", { message: "This network is paid in FAR.", param: "x-far-pay-with" });
  }
  const wallet = one(request.headers["x-far-wallet"]);
  const region = one(request.headers["x-far-region"]);
  return {
    ...(wallet === undefined ? {} : { wallet }),
    ...(region === undefined ? {} : { region: region.slice(0, 64) }),
  };
}
