import { BlockList, isIPv4, isIPv6 } from "node:net";

/** An IPv4 address that arrived over an IPv6 socket, as itself. */
const plain = (ip: string): string => (ip.startsWith("::ffff:") && isIPv4(ip.slice(7)) ? ip.slice(7) : ip);

/** A test of addresses against single ones and CIDRs; null when everything is allowed. */
export function ipAllow(entries: readonly string[] | null): ((ip: string) => boolean) | null {
  if (entries === null) return null;
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (given) => {
    const ip = plain(given);
    if (isIPv4(ip)) return list.check(ip, "ipv4");
    return isIPv6(ip) && list.check(ip, "ipv6");
  };
}
