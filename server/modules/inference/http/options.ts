import type { FastifyRequest } from "fastify";
import { coded } from "#kernel";
import type { SubmitOptions } from "../inference.ts";

type Given = Pick<SubmitOptions, "wallet" | "region" | "payWith" | "trustedOnly" | "onchainTask">;

const ONCHAIN_TASK = /^0x[0-9a-f]{64}$/i;

/** What a caller may say in headers beside an OpenAI body. @throws invalid_request */
export function callerOptions(request: FastifyRequest): Given {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const wallet = header("x-far-wallet");
  const region = header("x-far-region");
  const payWith = header("x-far-pay-with");
  const trusted = header("x-far-trusted-only");
  const onchainTask = header("x-far-onchain-task");
  return {
    ...(wallet === undefined ? {} : { wallet }),
    ...(region === undefined ? {} : { region: region.slice(0, 64) }),
    ...(payWith === undefined ? {} : { payWith: assetOf(payWith) }),
    ...(trusted === undefined ? {} : { trustedOnly: flagOf(trusted, "x-far-trusted-only") }),
    ...(onchainTask === undefined ? {} : { onchainTask: onchainTaskOf(onchainTask) }),
  };
}

function assetOf(text: string): "FAR" | "VCU" {
  const asset = text.toUpperCase();
  if (asset !== "FAR" && asset !== "VCU")
    throw coded("invalid_request", { message: "Pay with far or vcu.", param: "x-far-pay-with" });
  return asset;
}

function flagOf(text: string, param: string): boolean {
  if (text !== "1" && text !== "0") throw coded("invalid_request", { message: "Send 1 or 0.", param });
  return text === "1";
}

function onchainTaskOf(text: string): string {
  if (!ONCHAIN_TASK.test(text))
    throw coded("invalid_request", { message: "Send 0x and 64 hex digits.", param: "x-far-onchain-task" });
  return text.toLowerCase();
}
