import { FarApiError } from "../errors.ts";

const LOOPBACK = /^(?:localhost|(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** True where plain text stays on this machine. `hostname` as `URL` gives it. */
export const isLoopback = (hostname: string): boolean => LOOPBACK.test(hostname);

/**
 * The network's URL without a trailing slash or `/v1`.
 * @throws FarApiError `invalid_url`, `insecure_url` for plain `http:` to another machine
 */
export function parseBaseUrl(text: string): string {
  if (!URL.canParse(text)) {
    throw new FarApiError({ code: "invalid_url", status: 0, message: `"${text}" is not a URL.` });
  }
  const url = new URL(text);
  const isPlain = url.protocol === "http:";
  if (!isPlain && url.protocol !== "https:") {
    throw new FarApiError({
      code: "invalid_url",
      status: 0,
      message: `${url.protocol} is not a web address; use https:.`,
    });
  }
  if (isPlain && !isLoopback(url.hostname)) {
    throw new FarApiError({
      code: "insecure_url",
      status: 0,
      message: `Plain http: to ${url.hostname} is refused, because keys and prompts would travel unencrypted; use https:.`,
    });
  }
  if (url.username !== "" || url.password !== "") {
    throw new FarApiError({
      code: "invalid_url",
      status: 0,
      message: "The URL holds a name or password; pass a key instead.",
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/v1$/, "")}`;
}
