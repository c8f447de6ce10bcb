/** The refresh token of a browser: a cookie that scripts cannot read and other sites cannot send. */
import type { FastifyReply, FastifyRequest } from "fastify";
import { coded } from "#kernel";
import { readCookie } from "#platform/http";

const NAME = "far_refresh";
/** Sent nowhere else. */
const PATH = "/api/v1/auth";
const MAX_AGE_S = 7 * 86_400;

export const setRefreshCookie = (reply: FastifyReply, token: string): void => {
  reply.header("set-cookie", `${NAME}=${token}; HttpOnly; Secure; SameSite=Strict; Path=${PATH}; Max-Age=${MAX_AGE_S}`);
};

export const clearRefreshCookie = (reply: FastifyReply): void => {
  reply.header("set-cookie", `${NAME}=; HttpOnly; Secure; SameSite=Strict; Path=${PATH}; Max-Age=0`);
};

/** Clients without a cookie jar (CLI, SDK) say so and get the token in the body. */
export const isCli = (request: FastifyRequest): boolean => request.headers["x-far-client"] === "cli";

/**
 * The token of the cookie. A browser names the page that sent the request: another origin's is refused even where `SameSite` failed.
 * @throws forbidden
 */
export function refreshCookie(request: FastifyRequest, frontendOrigin: string): string | null {
  const token = readCookie(request.headers.cookie, NAME);
  const { origin } = request.headers;
  if (token !== null && origin !== undefined && origin !== frontendOrigin) throw coded("forbidden");
  return token;
}
