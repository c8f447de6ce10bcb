import { describe, expect, it } from "vitest";
import { engineBase, nodelinkUrl } from "./urls.ts";

describe("nodelinkUrl", () => {
  it.each([
    ["http://127.0.0.1:8080", "ws://127.0.0.1:8080/nodelink"],
    ["http://localhost:8080/", "ws://localhost:8080/nodelink"],
    ["ws://[::1]:8080/nodelink", "ws://[::1]:8080/nodelink"],
    ["https://api.example.org/base/", "wss://api.example.org/base/nodelink"],
    ["wss://api.example.org", "wss://api.example.org/nodelink"],
  ])("%s is %s", (network, url) => expect(nodelinkUrl(network)).toBe(url));

  it.each([
    ["http://api.example.org", "insecure_url"],
    ["ws://10.0.0.5:8080", "insecure_url"],
    ["http://127.0.0.1.example.org", "insecure_url"],
    ["http://localhost.example.org", "insecure_url"],
    ["ftp://127.0.0.1", "bad_option"],
    ["not a url", "bad_option"],
  ])("%s is refused as %s", (network, code) =>
    expect(() => nodelinkUrl(network)).toThrow(expect.objectContaining({ code })),
  );
});

describe("engineBase", () => {
  it("takes loopback plainly, private addresses when allowed, public ones only encrypted", () => {
    expect(engineBase("http://127.0.0.1:8000/v1/", false)).toEqual({ base: "http://127.0.0.1:8000/v1", plain: false });
    expect(engineBase("https://gpu.example.org/v1", false)).toEqual({
      base: "https://gpu.example.org/v1",
      plain: false,
    });
    expect(engineBase("http://192.168.1.7:8000/v1", true)).toEqual({ base: "http://192.168.1.7:8000/v1", plain: true });
    expect(engineBase("http://[fd00::7]:8000/v1", true).plain).toBe(true);
  });

  it.each([
    ["http://10.1.2.3/v1", false, "insecure_url"],
    ["http://gpu.example.org/v1", true, "insecure_url"],
    ["http://172.32.0.1/v1", true, "insecure_url"],
    ["ws://127.0.0.1/v1", true, "bad_option"],
    ["http://user:secret@127.0.0.1/v1", true, "bad_option"],
  ])("%s (allowed: %s) is refused as %s", (url, allow, code) =>
    expect(() => engineBase(url, allow)).toThrow(expect.objectContaining({ code })),
  );
});
