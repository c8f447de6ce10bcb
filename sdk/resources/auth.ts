import type { Session } from "@farlabs/protocol";
import { FarApiError } from "../errors.ts";
import { isLoopback } from "../transport/baseUrl.ts";
import type { CallOptions, Transport } from "../transport/transport.ts";
import { siweMessage } from "./siweMessage.ts";

export interface SiweNonce {
  nonce: string;
  /** Host (and port) of the site the signature is for. */
  domain: string;
  uri: string;
  chain_id: number;
}
export interface WalletSignIn {
  /** Checksummed 0x address. */
  address: string;
  /** Signs the text as an Ethereum personal message (EIP-191) and returns the 0x signature. */
  sign(message: string): Promise<string>;
  /** Accept a signature for this site (host, with port if any) though the API lives elsewhere. */
  domain?: string;
}

/** `/api/v1/auth`: sign in with a wallet. */
export interface Auth {
  siweNonce(address: string, options?: CallOptions): Promise<SiweNonce>;
  siweVerify(signed: { message: string; signature: string }, options?: CallOptions): Promise<Session>;
  /**
   * Nonce, message, signature, session in one.
   * @throws FarApiError `foreign_domain` when the server wants a signature for a site that is not its own: somebody stands in between
   */
  signIn(wallet: WalletSignIn, options?: CallOptions): Promise<Session>;
  /** The old refresh token is used up. @throws FarApiError invalid_token (401) */
  refresh(refreshToken: string, options?: CallOptions): Promise<Session>;
  logout(options?: CallOptions): Promise<void>;
}

/** A signature for another site would let whoever asked for it sign in there. */
function checkDomain(baseUrl: string, domain: string, expected: string | undefined): void {
  const api = new URL(baseUrl);
  const asked = URL.canParse(`http://${domain}`) ? new URL(`http://${domain}`) : null;
  const isOwn =
    domain === expected ||
    (asked !== null && asked.hostname === api.hostname) ||
    (asked !== null && isLoopback(asked.hostname) && isLoopback(api.hostname));
  if (isOwn) return;
  const message = `${api.host} asks for a signature for ${domain}. If that is its web site, allow it by name.`;
  throw new FarApiError({ code: "foreign_domain", status: 0, message });
}

/** @param clientName sent as `x-far-client`; `cli` gets the refresh token in the body, browsers get a cookie */
export function createAuth(transport: Transport): Auth {
  // A nonce and a refresh token work once: what may have arrived is not sent again.
  const post = async <T>(path: string, body: unknown, options: CallOptions | undefined): Promise<T> =>
    (await transport.json<T>({ ...options, method: "POST", path: `/api/v1/auth/${path}`, body, isRepeatable: false }))
      .body;
  const siweNonce: Auth["siweNonce"] = (address, options) => post("siwe/nonce", { address }, options);
  const siweVerify: Auth["siweVerify"] = (signed, options) => post("siwe/verify", signed, options);
  return {
    siweNonce,
    siweVerify,
    signIn: async ({ address, sign, domain }, options) => {
      const nonce = await siweNonce(address, options);
      checkDomain(transport.baseUrl, nonce.domain, domain);
      const message = siweMessage({ ...nonce, address, issuedAt: new Date() });
      return siweVerify({ message, signature: await sign(message) }, options);
    },
    refresh: (refreshToken, options) => post("refresh", { refresh_token: refreshToken }, options),
    logout: async (options) => {
      await post("logout", {}, options);
    },
  };
}
