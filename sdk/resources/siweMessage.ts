/** The text of EIP-4361 (Sign-In with Ethereum), byte for byte: wallets show it and the server parses it. */
export const siweMessage = (m: {
  domain: string;
  address: string;
  uri: string;
  chain_id: number;
  nonce: string;
  issuedAt: Date;
}): string =>
  [
    `${m.domain} wants you to sign in with your Ethereum account:`,
    m.address,
    "",
    "Sign in to Far Labs.",
    "",
    `URI: ${m.uri}`,
    "Version: 1",
    `Chain ID: ${m.chain_id}`,
    `Nonce: ${m.nonce}`,
    `Issued At: ${m.issuedAt.toISOString()}`,
  ].join("\n");
